import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startInstallation, type LocalInstallation } from "../support/local-installation.ts";
import { exclusions, runSchemathesis, staysReadable, type SchemathesisReport } from "../support/schemathesis.ts";
import { until } from "../support/wait.ts";

// A whole installation is described by its own /openapi.json and asked accordingly, and otherwise.

const seconds = 210;
const base = "/v1/tenants/acme";

let installation: LocalInstallation;
let report: SchemathesisReport;
let output = "";
const pids: Record<string, number> = {};

async function send(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${installation.apiUrl}${path}`, {
    method, headers: { authorization: `Bearer ${installation.adminKey}`, ...(body === undefined ? {} : { "content-type": "application/json" }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text === "" ? undefined : JSON.parse(text);
}

/** Something in every list, so that links lead somewhere. */
async function furnish(): Promise<void> {
  await send("POST", "/v1/tenants", { id: "acme", name: "Acme" });
  await send("POST", `${base}/integrations`, { provider: "sumsub", mode: "sandbox" });
  const endpoint = await send("POST", `${base}/webhook-endpoints`, { url: `${installation.sandboxUrl}/echo/schemathesis` });
  await send("POST", `${base}/event-types`, { name: "thing.made" });
  await send("POST", `${base}/events`, { type: "thing.made", payload: {} });
  await send("POST", `${base}/verifications`, { candidate: { firstName: "Jane", lastName: "Doe", email: "jane+approve@example.test" } });
  await until("a delivery", () => send("GET", `${base}/deliveries`), ({ data }) => data.length > 0);
  await send("POST", `${base}/webhook-endpoints/${endpoint.id}/recover`, { since: "2026-01-01T00:00:00.000Z", status: ["failed"] });
}

async function errorsInLog(): Promise<string> {
  const log = await readFile(join(installation.dataDir, "logs", "api.log"), "utf8");
  return log.split("\n").filter((line) => line.includes('"level":50')).slice(0, 10).join("\n");
}

beforeAll(async () => {
  installation = await startInstallation({ LOG_LEVEL: "warn", API_KEY_RATE_LIMIT: "100000", AUTH_FAILURE_LIMIT: "1000000", WEBHOOK_RATE_LIMIT: "100000", WEBHOOK_FAILURE_LIMIT: "100000" });
  await furnish();
  for (const part of ["api", "worker"] as const) pids[part] = await installation.pidOf(part);
  ({ report, output } = await runSchemathesis(installation.apiUrl, installation.adminKey, seconds));
  console.log(`Schemathesis: ${report.test_cases.generated} requests to ${report.operations.tested} operations in ${Math.round(report.running_time)} s, seed ${report.seed}`);
  for (const { why } of exclusions) console.log(`  not held against the API: ${why}`);
  if (report.failures.length > 0 || report.errors.length > 0) console.log(`${output}\nWhat the API's log says:\n${await errorsInLog()}`);
}, 600_000);
afterAll(() => installation?.stop());

const found = (codes: RegExp): string[] => report.failures.filter(({ code }) => codes.test(code)).map(({ code, title, operations }) => `${code} ${title}: ${operations.join(", ")}`);

describe("SCHEMA all that /openapi.json describes, asked rightly and wrongly", () => {
  test("SCHEMA every operation was tried, by examples, at the edges, at random and in sequences", () => {
    expect(report.complete).toBe(true);
    expect(report.operations.tested).toBe(report.operations.selected);
    expect(report.operations.selected).toBeGreaterThan(60);
    expect(report.test_cases.generated).toBeGreaterThan(3_000);
    expect(Object.keys(report.phases).sort()).toEqual(["coverage", "examples", "fuzzing", "stateful"]);
    expect(Object.values(report.phases).filter(({ status }) => status === "skip" || status === "error" || status === "interrupted")).toEqual([]);
    expect(report.errors).toEqual([]);
  });

  test("SCHEMA nothing is answered with 5xx", () => {
    expect(found(/^ST10[12]$/)).toEqual([]);
  });

  test("SCHEMA no answer has a status, a type, a header or a body that is not described", () => {
    expect(found(/^ST1(0[3-9]|1\d)$/)).toEqual([]);
  });

  test("SCHEMA what the description forbids is refused, methods and missing headers included, and what it allows is taken", () => {
    expect(found(/^ST2/)).toEqual([]);
  });

  test("SCHEMA what was made can be read, and what was deleted is gone", () => {
    // In sequences the tool asks no operation's own settings: what may stay readable is told apart here.
    const deleted = [...output.matchAll(/was deleted with `DELETE (\S+)`/g)].map(([, path]) => path ?? "");
    expect(deleted.filter((path) => !staysReadable.test(path))).toEqual([]);
    expect(found(deleted.length > 0 ? /^ST3(?!01)/ : /^ST3/)).toEqual([]);
  });

  test("SCHEMA no operation that asks for a key answers without one", () => {
    expect(found(/^ST4/)).toEqual([]);
  });

  test("SCHEMA and nothing else is found", () => {
    expect(found(/^(?!ST[1-4])/)).toEqual([]);
  });

  test("SCHEMA the processes are as well afterwards", async () => {
    expect((await fetch(`${installation.apiUrl}/health/ready`)).status).toBe(200);
    // The same ones: none was started anew.
    for (const part of ["api", "worker"] as const) expect(await installation.pidOf(part), part).toBe(pids[part]);
  });
});
