import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildSandbox } from "../../sandbox/app.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { until } from "../support/wait.ts";

const logger = createLogger({ level: "silent", process: "test" });

let dataDir: string;
let sandbox: Awaited<ReturnType<typeof buildSandbox>>;
let base: string;
const receiver = { url: "", close: async () => {}, actions: [] as string[] };

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "onfido-sandbox-"));
  sandbox = await buildSandbox({ dataDir, stepMs: 50, logger, sharedSecret: "test", production: false });
  base = await sandbox.app.listen({ host: "127.0.0.1", port: 0 });
  const app = fastify();
  receiver.actions = [];
  app.post<{ Body: { payload: { action: string } } }>("/", async (request) => void receiver.actions.push(request.body.payload.action));
  receiver.url = await app.listen({ host: "127.0.0.1", port: 0 });
  receiver.close = () => app.close();
});

afterEach(async () => {
  await sandbox.close();
  await receiver.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Headers;
  // Answers are read as a stranger would read them.
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

async function call(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Token token=${token}`, "content-type": "application/json" };
  const response = await fetch(`${base}/onfido/v3.6${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) };
}

/** One account's own way to call. */
async function account(name = "acme") {
  const { apiToken } = (await (await fetch(`${base}/_control/onfido/credentials?account=${name}`)).json()) as { apiToken: string };
  const asAccount = (method: string, path: string, body?: unknown) => call(apiToken, method, path, body);
  return {
    call: asAccount,
    create: async (tags = "", more: object = {}) => asAccount("POST", "/applicants", { first_name: "Jane", last_name: "Doe", email: `jane${tags}@example.test`, ...more }),
    form: async (applicantId: string) => asAccount("POST", "/checks", { applicant_id: applicantId, report_names: ["document"], applicant_provides_data: true }),
    subscribe: async (change: object = {}) => asAccount("POST", "/webhooks", { url: receiver.url, environments: ["sandbox"], events: [], ...change }),
  };
}

/** Subscribes, makes the person and sends the form. */
async function live(tags: string, subscription: object = {}) {
  const client = await account();
  await client.subscribe(subscription);
  const applicantId = String((await client.create(tags)).json.id);
  await client.form(applicantId);
  const told = (count: number) => until(`${count} webhooks`, async () => receiver.actions, (actions) => actions.length >= count, 10_000);
  const check = async () => (await client.call("GET", `/checks?applicant_id=${applicantId}`)).json.checks[0];
  return { client, told, settled: () => until("an answer", check, (each) => each.status === "complete", 10_000) };
}

describe("tags of the person's address", () => {
  test("+shuffle turns the order round", async () => {
    const { told } = await live("+shuffle", { events: ["check.started", "check.form_completed", "check.completed"] });
    expect(await told(3)).toEqual(["check.completed", "check.form_completed", "check.started"]);
  });

  test("+duplicate sends each webhook three times", async () => {
    const { told } = await live("+duplicate");
    const actions = await told(12);
    for (const action of ["check.started", "check.form_completed", "check.completed", "report.completed"]) expect(actions.filter((each) => each === action)).toHaveLength(3);
  });

  test("+late answers before its webhooks arrive", async () => {
    const { settled, told } = await live("+late");
    await settled();
    expect(receiver.actions).toEqual([]);
    await told(4);
  });

  test("+silent sends nothing, the API tells the truth", async () => {
    const { settled } = await live("+silent+reject");
    expect((await settled()).result).toBe("consider");
    expect(await (await fetch(`${base}/_control/onfido`)).json()).toMatchObject({ webhooks: { sent: 0 } });
  });

  test("+error and +limit fail twice each before an applicant is made", async () => {
    const client = await account();
    const answers: Answer[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) answers.push(await client.create("+error+limit"));
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 429, 429, 201]);
    expect(answers[2]?.headers.get("retry-after")).toBe("1");
  });
});

describe("Onfido's routes", () => {
  test("refuse a wrong token, and show an account nothing of another's", async () => {
    for (const token of ["", "nonsense", `api_sandbox.acme.${"0".repeat(32)}`]) {
      const refused = await call(token, "GET", "/webhooks");
      expect([refused.status, refused.json.error.type]).toEqual([401, "authorization_error"]);
    }
    const [acme, other] = [await account("acme"), await account("other")];
    const { id } = (await acme.create()).json;
    const check = (await acme.form(id)).json;
    expect((await acme.call("GET", `/applicants/${id}`)).status).toBe(200);
    expect((await other.call("GET", `/applicants/${id}`)).status).toBe(404);
    expect((await other.call("GET", `/reports?check_id=${check.id}`)).status).toBe(404);
    expect((await other.call("GET", `/checks?applicant_id=${id}`)).json).toEqual({ checks: [] });
    expect((await other.form(id)).status).toBe(422);
  });

  test("list applicants by pages, the newest first", async () => {
    const client = await account();
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1) made.push((await client.create("", { id_numbers: [{ type: "other", value: `ver_${n}` }] })).json.id);
    const page = async (query: string) => (await client.call("GET", `/applicants?${query}`)).json.applicants.map((each: { id: string }) => each.id);
    expect(await page("page=1&per_page=2")).toEqual([made[2], made[1]]);
    expect(await page("page=2&per_page=2")).toEqual([made[0]]);
    expect(await page("page=3&per_page=2")).toEqual([]);
  });

  test("say which fields are wrong, and what a report lacks", async () => {
    const client = await account();
    expect((await client.call("POST", "/applicants", { first_name: "Jane" })).json).toMatchObject({ error: { type: "validation_error", fields: { last_name: [expect.any(String)] } } });
    const { id } = (await client.create()).json;
    const lacking = await client.call("POST", "/checks", { applicant_id: id, report_names: ["document"] });
    expect([lacking.status, Object.keys(lacking.json.error.fields)]).toEqual([422, ["document"]]);
    expect((await client.call("POST", "/workflow_runs", { applicant_id: id, workflow_id: "my workflow" })).status).toBe(422);
  });

  test("keep to the documented rate, for each account by itself", async () => {
    const [acme, other] = [await account("acme"), await account("other")];
    const statuses = new Set<number>();
    for (let n = 0; n < 420; n += 1) statuses.add((await acme.call("GET", "/webhooks")).status);
    expect([...statuses]).toEqual([200, 429]);
    expect((await other.call("GET", "/webhooks")).status).toBe(200);
  });

  test("a webhook that is switched off, or asked for something else, hears nothing; a change keeps its token", async () => {
    const client = await account();
    const { id, token } = (await client.subscribe({ enabled: false })).json;
    await client.subscribe({ events: ["check.completed"] });
    await client.subscribe({ environments: ["live"] });
    const changed = await client.call("PUT", `/webhooks/${id}`, { name: "another" });
    expect(changed.json).toMatchObject({ token, enabled: false, name: "another" });
    const applicant = (await client.create()).json;
    await client.form(applicant.id);
    await until("the answer", async () => receiver.actions, (actions) => actions.length > 0, 10_000);
    expect(receiver.actions).toEqual(["check.completed"]);
    expect((await client.call("DELETE", `/webhooks/${id}`)).status).toBe(204);
    expect((await client.call("GET", `/webhooks/${id}`)).status).toBe(404);
  });
});
