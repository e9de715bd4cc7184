import { afterAll, beforeAll, expect, it } from "vitest";
import { startInstallation, type LocalInstallation } from "../support/local-installation.ts";
import { until } from "../support/wait.ts";

let installation: LocalInstallation;

beforeAll(async () => {
  // Slow enough that every kill below falls into the middle of the verification's life.
  installation = await startInstallation({ SANDBOX_STEP_MS: "4000", WEBHOOK_RETRY_SCHEDULE: "500ms,1s,1s,2s,2s,5s,5s" });
});
afterAll(() => installation?.stop());

it("completes a verification although worker, API and Postgres are killed in the middle of it", async () => {
  await call("POST", "/v1/tenants", { id: "acme", name: "Acme" });
  const endpoint = await call("POST", "/v1/tenants/acme/webhook-endpoints", { url: `${installation.sandboxUrl}/echo/host` });
  await fetch(`${installation.sandboxUrl}/_control/echo/host`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ secret: endpoint["secret"] }) });
  await call("POST", "/v1/tenants/acme/integrations", { provider: "sumsub", mode: "sandbox" });

  const started = await call("POST", "/v1/tenants/acme/verifications", { candidate: { firstName: "Jane", lastName: "Doe", email: "jane+approve@example.test" } });
  const path = `/v1/tenants/acme/verifications/${String(started["id"])}`;
  // While the applicant is being made: the answer of that call is lost.
  await kill("worker");
  await status(path, (value) => value === "invited");
  await kill("api");
  await status(path, (value) => value !== "invited");
  await kill("postgres");
  await status(path, (value) => value === "completed");

  const applicants = (await (await fetch(`${installation.sandboxUrl}/_control/sumsub/objects/applicants`)).json()) as unknown;
  expect(JSON.stringify(applicants).split(`"externalUserId":"${String(started["id"])}"`)).toHaveLength(2);

  const wanted = ["verification.created", "verification.invited", "verification.completed"];
  const received = await until("every webhook", echoes, (all) => wanted.every((type) => all.some((one) => one.body.type === type)));
  expect(received.every((one) => one.verified)).toBe(true);
  // At least once, and each event under one id only: a receiver that knows the id takes a repetition for what it is.
  for (const type of wanted) expect(new Set(received.filter((one) => one.body.type === type).map((one) => one.headers["webhook-id"])).size).toBe(1);
}, 120_000);

/** kill -9, then wait until the supervisor has put another process in its place. */
async function kill(part: "worker" | "api" | "postgres"): Promise<void> {
  const before = await installation.pidOf(part);
  process.kill(before, "SIGKILL");
  await until(`another ${part}`, () => installation.pidOf(part).catch(() => before), (pid) => pid !== before);
}

/** Asks until the answer is the one; a killed part may leave some questions unanswered. */
async function status(path: string, good: (status: string) => boolean): Promise<void> {
  await until("the verification to move", () => call("GET", path).then((value) => String(value["status"]), () => "no answer"), (value) => value !== "no answer" && good(value), 60_000);
}

interface Echo {
  headers: Record<string, string>;
  body: { type: string };
  verified: boolean;
}

async function echoes(): Promise<Echo[]> {
  return (await (await fetch(`${installation.sandboxUrl}/_control/echo/host`)).json()) as Echo[];
}

async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`${installation.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${installation.adminKey}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
