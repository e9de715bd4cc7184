import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildSandbox } from "../../sandbox/app.ts";
import { createLogger } from "../../src/lib/logger.ts";
import type { SumsubCredentials } from "../../src/providers/sumsub/manifest.ts";
import { signRequest } from "../../src/providers/sumsub/signing.ts";

interface Answer {
  status: number;
  headers: Headers;
  // Answers are read as a stranger would read them.
  json: any;
}

interface Received {
  type: string;
  applicantId: string;
  createdAtMs: string;
  headers: Record<string, unknown>;
  raw: string;
}

const logger = createLogger({ level: "silent", process: "test" });
const stepMs = 10;
const allTypes = ["applicantCreated", "applicantPending", "applicantOnHold", "applicantReviewed"];

let dataDir: string;
let sandbox: Awaited<ReturnType<typeof buildSandbox>> | undefined;
let base: string;
let receiver: Server;
let hookUrl: string;
let received: Received[];
let hookStatus: () => number;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "sandbox-test-"));
  received = [];
  hookStatus = () => 200;
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const raw = Buffer.concat(chunks).toString("utf8");
      const status = hookStatus();
      if (status < 300) received.push({ ...(JSON.parse(raw) as { type: string; applicantId: string; createdAtMs: string }), headers: request.headers, raw });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  hookUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  await start();
});

afterEach(async () => {
  await sandbox?.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
  await rm(dataDir, { recursive: true, force: true });
});

async function start(options: { production?: boolean; stepMs?: number } = {}): Promise<void> {
  sandbox = await buildSandbox({ dataDir, stepMs: options.stepMs ?? stepMs, logger, sharedSecret: "test", production: options.production ?? false });
  base = await sandbox.app.listen({ host: "127.0.0.1", port: 0 });
}

async function restart(options: Parameters<typeof start>[0] = {}): Promise<void> {
  await sandbox?.close();
  await start(options);
}

async function until<T>(probe: () => Promise<T> | T, done: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await probe();
    if (done(value)) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain; last: ${JSON.stringify(value)}`);
    await sleep(5);
  }
}

async function http(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(base + path, { method, headers: { connection: "close", ...headers }, body: sent });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: text === "" ? undefined : JSON.parse(text) };
}

const control = (path = ""): Promise<Answer> => http("GET", `/_control/sumsub${path}`);

/** A vendor's client of one account. */
async function account(name = "acme") {
  const credentials: SumsubCredentials = (await control(`/credentials?account=${name}`)).json;
  const call = (method: string, path: string, body?: unknown, changed: Record<string, string> = {}): Promise<Answer> => {
    const sent = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = signRequest({ secretKey: credentials.secretKey, timestamp, method, pathWithQuery: path, ...(sent === undefined ? {} : { body: sent }) });
    const headers = { "x-app-token": credentials.appToken, "x-app-access-ts": String(timestamp), "x-app-access-sig": signature, "content-type": "application/json" };
    return http(method, `/sumsub${path}`, sent, { ...headers, ...changed });
  };
  return {
    credentials,
    call,
    subscribe: (extra: Record<string, unknown> = {}) =>
      call("POST", "/resources/api/agent/clientWebhooks", { name: "w", target: hookUrl, types: allTypes, secretKey: credentials.webhookSecret, ...extra }),
    create: (externalUserId: string, email: string) =>
      call("POST", "/resources/applicants?levelName=basic%20level", { externalUserId, email, fixedInfo: { firstName: "Jane" } }),
    link: (userId: string) => call("POST", "/resources/sdkIntegrations/levels/-/websdkLink", { levelName: "basic level", userId, ttlInSecs: 600 }),
    review: async (id: string) => (await call("GET", `/resources/applicants/${id}/one`)).json.review,
  };
}

/** Subscribes, creates the person and opens the link. */
async function live(tags: string) {
  const client = await account();
  await client.subscribe();
  const created = await client.create("case-1", `jane${tags}@example.test`);
  const id = String(created.json.id);
  await client.link("case-1");
  const settled = (status: string) => until(() => client.review(id), (review) => review.reviewStatus === status);
  const arrived = (count: number) => until(() => received, (list) => list.length >= count);
  /** Types in the order of the news; two that are sent closely after each other may overtake. */
  const webhooks = async (count: number) =>
    (await arrived(count)).sort((a, b) => (a.createdAtMs < b.createdAtMs ? -1 : 1)).map((webhook) => webhook.type);
  return { client, id, settled, arrived, webhooks };
}

describe("tags of the person's address", () => {
  test.each(["", "+approve"])("'%s' is approved, and every webhook is signed", async (tags) => {
    const { client, id, settled, webhooks } = await live(tags);
    expect((await settled("completed")).reviewResult).toEqual({ reviewAnswer: "GREEN" });
    expect(await webhooks(3)).toEqual(["applicantCreated", "applicantPending", "applicantReviewed"]);
    for (const { raw, headers } of received) {
      expect(headers["x-payload-digest-alg"]).toBe("HMAC_SHA256_HEX");
      expect(headers["x-payload-digest"]).toBe(createHmac("sha256", client.credentials.webhookSecret).update(raw).digest("hex"));
    }
    expect(JSON.parse(received[2]?.raw ?? "")).toMatchObject({
      applicantId: id,
      externalUserId: "case-1",
      levelName: "basic level",
      reviewStatus: "completed",
      reviewResult: { reviewAnswer: "GREEN" },
      createdAtMs: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$/),
      sandboxMode: true,
    });
  });

  test("+reject is refused for good", async () => {
    const { settled } = await live("+reject");
    expect((await settled("completed")).reviewResult).toEqual({ reviewAnswer: "RED", reviewRejectType: "FINAL", rejectLabels: ["FORGERY"] });
  });

  test("+consider is put on hold", async () => {
    const { settled, webhooks } = await live("+consider");
    expect((await settled("onHold")).reviewResult).toEqual({ rejectLabels: ["COMPROMISED_PERSONS"] });
    expect(await webhooks(3)).toEqual(["applicantCreated", "applicantPending", "applicantOnHold"]);
  });

  test("+resubmit asks again once, then approves", async () => {
    const { client, id, webhooks } = await live("+resubmit");
    expect(await webhooks(5)).toEqual(["applicantCreated", "applicantPending", "applicantReviewed", "applicantPending", "applicantReviewed"]);
    expect(JSON.parse(received[2]?.raw ?? "").reviewResult).toEqual({ reviewAnswer: "RED", reviewRejectType: "RETRY", rejectLabels: ["DOCUMENT_PAGE_MISSING"] });
    expect((await client.review(id)).reviewResult).toEqual({ reviewAnswer: "GREEN" });
  });

  test("+expire never acts", async () => {
    const { client, id } = await live("+expire");
    // Someone who started later has long been answered.
    await client.create("case-2", "other@example.test");
    await client.link("case-2");
    await until(() => received, (list) => list.some((webhook) => webhook.type === "applicantReviewed"));
    expect((await client.review(id)).reviewStatus).toBe("init");
    expect(received.filter((webhook) => webhook.applicantId === id).map((webhook) => webhook.type)).toEqual(["applicantCreated"]);
  });

  test("+silent sends nothing, the API tells the truth", async () => {
    const { settled } = await live("+silent+reject");
    expect((await settled("completed")).reviewResult.reviewAnswer).toBe("RED");
    expect((await control()).json.webhooks).toEqual({ sent: 0, acknowledged: 0, dropped: 0 });
  });

  test("+duplicate sends each webhook three times", async () => {
    const { webhooks } = await live("+duplicate");
    await webhooks(9);
    for (const type of ["applicantCreated", "applicantPending", "applicantReviewed"]) {
      expect(new Set(received.filter((webhook) => webhook.type === type).map((webhook) => webhook.raw)).size).toBe(1);
      expect(received.filter((webhook) => webhook.type === type)).toHaveLength(3);
    }
  });

  test("+shuffle turns the order round", async () => {
    await restart({ stepMs: 50 });
    const { arrived } = await live("+shuffle");
    expect((await arrived(3)).map((webhook) => webhook.type)).toEqual(["applicantReviewed", "applicantPending", "applicantCreated"]);
  });

  test("+late answers before its webhooks arrive", async () => {
    await restart({ stepMs: 50 });
    const { settled, webhooks } = await live("+late");
    await settled("completed");
    expect(received).toEqual([]);
    expect(await webhooks(3)).toEqual(["applicantCreated", "applicantPending", "applicantReviewed"]);
  });

  test("+error and +limit fail twice each before an applicant is made", async () => {
    const client = await account();
    const answers: Answer[] = [];
    for (let attempt = 0; attempt < 6; attempt++) answers.push(await client.create("case-1", "jane+error+limit@example.test"));
    expect(answers.map((answer) => answer.status)).toEqual([500, 500, 429, 429, 201, 409]);
    expect(answers[2]?.headers.get("retry-after")).toBe("1");
    expect(answers[5]?.json.description).toContain(`already exists: ${answers[4]?.json.id}`);
  });
});

describe("the vendor's routes", () => {
  test("refuse a wrong token, a wrong signature and an old time", async () => {
    const client = await account();
    const path = "/resources/applicants/x/one";
    expect((await client.call("GET", path)).status).toBe(404);
    const attempts: Record<string, string>[] = [
      { "x-app-token": `sbx:acme.${"0".repeat(32)}` },
      { "x-app-token": "nonsense" },
      { "x-app-access-sig": "0".repeat(64) },
      { "x-app-access-ts": String(Math.floor(Date.now() / 1000) - 120) },
    ];
    for (const changed of attempts) {
      const answer = await client.call("GET", path, undefined, changed);
      expect([answer.status, answer.json.code]).toEqual([401, 401]);
    }
  });

  test("find an applicant by both ids, for its own account only", async () => {
    const [acme, other] = [await account("acme"), await account("other")];
    const { id } = (await acme.create("wf/1 ü", "jane@example.test")).json;
    const byExternalId = `/resources/applicants/-;externalUserId=${encodeURIComponent("wf/1 ü")}/one`;
    expect((await acme.call("GET", byExternalId)).json).toMatchObject({ id, externalUserId: "wf/1 ü", review: { reviewStatus: "init" } });
    expect((await acme.call("GET", `/resources/applicants/${id}/status`)).json.reviewStatus).toBe("init");
    expect((await other.call("GET", byExternalId)).status).toBe(404);
    expect((await other.call("GET", `/resources/applicants/${id}/one`)).status).toBe(404);
    expect((await other.create("wf/1 ü", "jane@example.test")).status).toBe(201);
  });

  test("keep a document, and review what was handed in without a link", async () => {
    const client = await account();
    const { id } = (await client.create("case-1", "jane@example.test")).json;
    const part = (head: string, body: string): string => `--b1\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
    const body =
      part('name="metadata"', '{"idDocType":"PASSPORT","country":"DEU"}') + part('filename="p.jpg"; name="content"', "\r\nbytes--") + "--b1--\r\n";
    const path = `/resources/applicants/${id}/info/idDoc`;
    const answer = await client.call("POST", path, body, { "content-type": "multipart/form-data; boundary=b1" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-image-id")).toMatch(/^\d+$/);
    expect((await control("/objects/documents")).json).toMatchObject([{ applicantId: id, idDocType: "PASSPORT", country: "DEU", bytes: 9 }]);
    expect((await client.call("POST", path, "junk")).status).toBe(400);
    expect((await client.call("POST", `/resources/applicants/${id}/status/pending`)).status).toBe(200);
    await until(() => client.review(id), (review) => review.reviewResult?.reviewAnswer === "GREEN");
  });

  test("tell a client what it did wrong, as the vendor does", async () => {
    const client = await account();
    const { id } = (await client.create("case-1", "jane@example.test")).json;
    expect((await client.call("POST", `/resources/applicants/${id}/status/pending`)).status).toBe(409);
    const body = '--b1\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"idDocType":"PASSPORT","country":"DEU"}\r\n--b1\r\nContent-Disposition: form-data; name="content"\r\n\r\nsame\r\n--b1--\r\n';
    const upload = () => client.call("POST", `/resources/applicants/${id}/info/idDoc`, body, { "content-type": "multipart/form-data; boundary=b1" });
    expect((await upload()).status).toBe(200);
    expect((await upload()).json).toMatchObject({ code: 409, errorCode: 1000, errorName: "duplicate-document" });
    expect((await control()).json.objects.documents).toBe(1);
    const unsigned = await client.call("GET", "/resources/applicants/x/one", undefined, { "x-app-access-sig": "0".repeat(64) });
    expect(unsigned.json).toMatchObject({ code: 401, errorCode: 4003, errorName: "app-token-signature-mismatch", correlationId: expect.any(String) });
  });

  test("take a signature over the whole path too, from a client that was given a base URL with one", async () => {
    const { credentials } = await account();
    const timestamp = Math.floor(Date.now() / 1000);
    const path = "/sumsub/resources/api/clientWebhooks";
    const signature = signRequest({ secretKey: credentials.secretKey, timestamp, method: "GET", pathWithQuery: path });
    const headers = { "x-app-token": credentials.appToken, "x-app-access-ts": String(timestamp), "x-app-access-sig": signature };
    expect((await http("GET", path, undefined, headers)).status).toBe(200);
  });

  test("keep to the documented rate, for each account by itself", async () => {
    const [acme, other] = [await account("acme"), await account("other")];
    const statuses: number[] = [];
    for (let call = 0; call < 51; call++) statuses.push((await acme.create(`case-${call}`, "jane@example.test")).status);
    // The first 50 of a window, and perhaps the beginning of the next one when this machine is slow.
    expect(statuses.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => 201));
    expect([201, 429]).toContain(statuses[50]);
    expect((await other.create("case-1", "jane@example.test")).status).toBe(201);
    await sandbox?.close();
    sandbox = await buildSandbox({ dataDir, stepMs, logger, sharedSecret: "test", production: false, rateLimits: false });
    base = await sandbox.app.listen({ host: "127.0.0.1", port: 0 });
    for (let call = 0; call < 60; call++) expect((await acme.create(`more-${call}`, "jane@example.test")).status).toBe(201);
  });

  test("manage webhooks; a change keeps what it leaves out and signs with the chosen algorithm", async () => {
    const client = await account();
    const { id } = (await client.subscribe()).json;
    const changed = await client.call("PATCH", "/resources/api/agent/clientWebhooks", { id, types: ["applicantCreated"], signatureAlgorithm: "HMAC_SHA512_HEX" });
    expect(changed.status).toBe(200);
    const listed = (await client.call("GET", "/resources/api/clientWebhooks")).json.list.items;
    expect(listed).toMatchObject([{ id, target: hookUrl, secretKey: client.credentials.webhookSecret, types: ["applicantCreated"] }]);
    expect((await (await account("other")).call("GET", "/resources/api/clientWebhooks")).json.list.items).toEqual([]);
    await client.create("case-1", "jane@example.test");
    const [webhook] = await until(() => received, (list) => list.length === 1);
    expect(webhook?.headers["x-payload-digest"]).toBe(
      createHmac("sha512", client.credentials.webhookSecret).update(webhook?.raw ?? "").digest("hex"),
    );
  });

  test("make a link that opens, and a token", async () => {
    const client = await account();
    const { url } = (await client.link("nobody")).json;
    expect((await fetch(url)).status).toBe(200);
    expect((await client.call("POST", "/resources/accessTokens/sdk", { levelName: "l", userId: "u" })).json.userId).toBe("u");
  });
});

describe("a person who was approved", () => {
  const more = [...allTypes, "applicantActionPending", "applicantActionReviewed", "amlCaseOnHold"];

  async function approved(tags = "") {
    const client = await account();
    await client.subscribe({ types: more });
    const id = String((await client.create("case-1", `jane${tags}@example.test`)).json.id);
    await client.link("case-1");
    await until(() => client.review(id), (review) => review.reviewResult !== undefined);
    return { client, id };
  }

  test("can be checked once more by an action, which is told and answered", async () => {
    const { client, id } = await approved();
    const made = await client.call("POST", `/resources/applicantActions/-/forApplicant/${id}?levelName=action-level`, { externalActionId: "act-1" });
    expect(made.status).toBe(201);
    const told = await until(() => received.filter((webhook) => webhook.type.startsWith("applicantAction")), (list) => list.length === 2);
    expect(told.map((webhook) => webhook.type).toSorted()).toEqual(["applicantActionPending", "applicantActionReviewed"]);
    expect(told.map((webhook) => JSON.parse(webhook.raw))).toEqual(Array(2).fill(expect.objectContaining({ applicantId: id, applicantActionId: made.json.id, externalApplicantActionId: "act-1", levelName: "action-level" })));
    expect((await client.call("GET", `/resources/applicantActions/${made.json.id}/one`)).json.review).toMatchObject({ reviewStatus: "completed", reviewResult: { reviewAnswer: "GREEN" } });
    expect((await (await account("other")).call("GET", `/resources/applicantActions/${made.json.id}/one`)).status).toBe(404);
  });

  test("is put on hold when monitoring finds them, and nobody else is monitored", async () => {
    const { client, id } = await approved();
    expect((await client.call("POST", `/resources/applicants/${id}/recheck/aml`)).json).toEqual({ ok: 1 });
    expect(await client.review(id)).toMatchObject({ reviewStatus: "onHold", reviewResult: { rejectLabels: ["SANCTIONS"] } });
    await until(() => received.map((webhook) => webhook.type), (types) => types.includes("amlCaseOnHold") && types.includes("applicantOnHold"));
    expect((await client.call("POST", `/resources/applicants/${id}/recheck/aml`)).status).toBe(409);
  });

  test("has levels to go through, and steps that say what was wrong", async () => {
    const { client, id } = await approved("+reject");
    expect((await client.call("GET", "/resources/applicants/-/levels")).json.list.items.map((level: { name: string }) => level.name)).toContain("basic-kyc-level");
    expect((await client.call("GET", `/resources/applicants/${id}/requiredIdDocsStatus`)).json.IDENTITY.reviewResult.rejectLabels).toEqual(["FORGERY"]);
  });
});

describe("faults", () => {
  const setFaults = (faults: Record<string, unknown>): Promise<Answer> => http("PUT", "/_control/sumsub/faults", faults);

  test("the next calls fail with the ordered status, then go well", async () => {
    const client = await account();
    await setFaults({ status: 429, count: 2 });
    const answers = [await client.create("a", "jane@example.test"), await client.create("a", "jane@example.test"), await client.create("a", "jane@example.test")];
    expect(answers.map((answer) => answer.status)).toEqual([429, 429, 201]);
    expect(answers[0]?.headers.get("retry-after")).toBe("1");
  });

  test("every call fails until it is cleared, or until the time is over", async () => {
    const client = await account();
    await setFaults({ error: 1 });
    expect((await client.create("a", "jane@example.test")).status).toBe(500);
    expect((await http("DELETE", "/_control/sumsub/faults")).status).toBe(204);
    expect((await client.create("a", "jane@example.test")).status).toBe(201);
    await setFaults({ error: 1, until: new Date(Date.now() - 1).toISOString() });
    expect((await client.create("b", "jane@example.test")).status).toBe(201);
    await setFaults({ error: 0 });
    expect((await client.create("c", "jane@example.test")).status).toBe(201);
  });

  test("calls are slow", async () => {
    const client = await account();
    await setFaults({ delayMs: 80 });
    const before = Date.now();
    expect((await client.create("a", "jane@example.test")).status).toBe(201);
    expect(Date.now() - before).toBeGreaterThanOrEqual(75);
  });

  test("webhooks are dropped, doubled and shuffled", async () => {
    const client = await account();
    await client.subscribe();
    await setFaults({ drop: 1 });
    await client.create("a", "jane@example.test");
    expect((await control()).json.webhooks).toEqual({ sent: 0, acknowledged: 0, dropped: 1 });
    await setFaults({ duplicate: 1, shuffle: true });
    await client.create("b", "jane@example.test");
    await until(async () => (await control()).json.webhooks, (counts) => counts.acknowledged === 2 && counts.sent === 2);
    expect(new Set(received.map((webhook) => webhook.raw)).size).toBe(1);
  });

  test("nonsense is refused", async () => {
    for (const faults of [{ error: 2 }, { unknown: 1 }, { status: 199 }, { until: "tomorrow" }]) expect((await setFaults(faults)).status).toBe(400);
    expect((await http("PUT", "/_control/sumsub/faults", "{")).status).toBe(400);
    expect((await http("PUT", "/_control/nobody/faults", {})).status).toBe(404);
  });
});

describe("the control API", () => {
  test("counts and lists what there is, and forgets it", async () => {
    const { settled } = await live("");
    await settled("completed");
    await until(async () => (await control()).json.webhooks, (counts) => counts.acknowledged === 3);
    const { objects, requests, webhooks } = (await control()).json;
    expect(objects).toEqual({ applicants: 1, webhooks: 1 });
    expect(requests).toBeGreaterThanOrEqual(4);
    expect(webhooks).toEqual({ sent: 3, acknowledged: 3, dropped: 0 });
    expect((await control("/objects/applicants")).json).toMatchObject([{ externalUserId: "case-1", email: "jane@example.test" }]);
    expect((await http("POST", "/_control/sumsub/reset")).status).toBe(204);
    expect((await control()).json).toEqual({ objects: {}, requests: 0, webhooks: { sent: 0, acknowledged: 0, dropped: 0 } });
    expect((await http("GET", "/_control/nobody")).status).toBe(404);
  });

  test("is not there in production, while the vendors are", async () => {
    await restart({ production: true });
    expect((await control()).status).toBe(404);
    expect((await http("PUT", "/_control/echo/x", {})).status).toBe(404);
    expect((await http("GET", "/health")).status).toBe(200);
    expect((await http("GET", "/sumsub/resources/applicants/x/one")).status).toBe(401);
  });

  test("does not talk to other machines", async () => {
    const answer = await sandbox?.app.inject({ url: "/_control/sumsub", remoteAddress: "10.1.2.3" });
    expect(answer?.statusCode).toBe(403);
  });
});

describe("the echo", () => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const signedHeaders = (body: string): Record<string, string> => {
    const at = new Date();
    const signature = new Webhook(secret).sign("msg_1", at, body);
    return { "webhook-id": "msg_1", "webhook-timestamp": String(Math.floor(at.getTime() / 1000)), "webhook-signature": signature, "content-type": "application/json" };
  };

  test("records what comes, and checks it against the secret", async () => {
    const body = '{"type":"verification.completed"}';
    await http("POST", "/echo/mine", "plain text");
    await http("PUT", "/_control/echo/mine", { secret });
    await http("POST", "/echo/mine", body, signedHeaders(body));
    await http("POST", "/echo/mine", `${body} `, signedHeaders(body));
    const records = (await http("GET", "/_control/echo/mine")).json;
    expect(records).toMatchObject([
      { body: "plain text", verified: null, at: expect.any(String) },
      { body: { type: "verification.completed" }, verified: true, headers: { "webhook-id": "msg_1" } },
      { verified: false },
    ]);
    expect((await http("GET", "/_control/echo/other")).json).toEqual([]);
    await http("DELETE", "/_control/echo/mine");
    expect((await http("GET", "/_control/echo/mine")).json).toEqual([]);
  });

  test("answers as it was told to", async () => {
    await http("PUT", "/_control/echo/mine", { status: 202, failFirst: 2, delayMs: 1 });
    const statuses = [];
    for (let call = 0; call < 4; call++) statuses.push((await http("POST", "/echo/mine", "{}")).status);
    expect(statuses).toEqual([500, 500, 202, 202]);
    for (const settings of [{ status: 9 }, { hang: true, reset: true }, { flood: "much" }, { flood: -1 }, { failStatus: 200 }, { retryAfter: "a\r\nb" }, { unknown: 1 }]) {
      expect((await http("PUT", "/_control/echo/mine", settings)).status, JSON.stringify(settings)).toBe(400);
    }
  });

  const order = (settings: Record<string, unknown>) => http("PUT", "/_control/echo/mine", settings);
  const post = (signal?: AbortSignal) => fetch(`${base}/echo/mine`, { method: "POST", body: "{}", ...(signal === undefined ? {} : { signal }) });

  test("turns away with a status of choice and Retry-After, as long as it was told to", async () => {
    await order({ failFirst: 1, failStatus: 429, retryAfter: 7 });
    const [first, second] = [await post(), await post()];
    expect([first.status, first.headers.get("retry-after"), second.status, second.headers.get("retry-after")]).toEqual([429, "7", 200, null]);
    await order({ status: 503, retryAfter: "soon" });
    expect((await post()).headers.get("retry-after")).toBe("soon");
  });

  test("never answers", async () => {
    await order({ hang: true, failFirst: 1 });
    const caller = new AbortController();
    const hanging = post(caller.signal).then(() => "answered", () => "gave up");
    await until(async () => (await http("GET", "/_control/echo/mine")).json, (records) => records.length === 1);
    // Requests after it are answered while it hangs.
    expect((await post()).status).toBe(200);
    caller.abort();
    expect(await hanging).toBe("gave up");
  });

  test("resets the connection", async () => {
    await order({ reset: true });
    await expect(post()).rejects.toMatchObject({ cause: { code: "ECONNRESET" } });
  });

  test("answers with a body of any size", async () => {
    await order({ flood: 200_000, status: 202 });
    const answer = await post();
    expect([answer.status, answer.headers.get("content-length"), (await answer.arrayBuffer()).byteLength]).toEqual([202, "200000", 200_000]);
    await order({ flood: 10 * 1024 ** 3 });
    const large = await post();
    expect(large.headers.get("content-length")).toBe(String(10 * 1024 ** 3));
    await large.body?.cancel();
  });

  test("answers without end, until the caller has had enough", async () => {
    await order({ flood: "endless" });
    const reader = (await post()).body?.getReader();
    let taken = 0;
    while (taken < 5 * 1024 * 1024) taken += (await reader?.read())?.value?.length ?? Number.NaN;
    expect(taken).toBeGreaterThanOrEqual(5 * 1024 * 1024);
    await reader?.cancel();
    expect((await http("GET", "/health")).status).toBe(200);
  });

  test("does not keep the sandbox from stopping while it hangs or waits", async () => {
    await order({ hang: true });
    const arrived = (many: number) => until(async () => (await http("GET", "/_control/echo/mine")).json, (records) => records.length === many);
    const hanging = post().then(() => "answered", () => "closed");
    await arrived(1);
    await order({ delayMs: 60_000 });
    const waiting = post().then(() => "answered", () => "closed");
    await arrived(2);
    await restart();
    expect([await hanging, await waiting]).toEqual(["closed", "answered"]);
  });
});

describe("a restart", () => {
  test("keeps objects, counters and faults, and goes on with the person's life", async () => {
    await restart({ stepMs: 400 });
    const client = await account();
    await client.subscribe();
    const { id } = (await client.create("case-1", "jane@example.test")).json;
    await client.link("case-1");
    await http("PUT", "/_control/sumsub/faults", { drop: 0 });
    const before = (await control()).json;
    await restart();
    expect((await control()).json.objects).toEqual({ applicants: 1, webhooks: 1 });
    expect((await control()).json.requests).toBe(before.requests);
    await until(() => client.review(id), (review) => review.reviewResult?.reviewAnswer === "GREEN");
    await until(() => received, (list) => list.length === 3);
  });

  test("sends what was not acknowledged before", async () => {
    hookStatus = () => 503;
    const client = await account();
    await client.subscribe();
    await client.create("case-1", "jane@example.test");
    await until(async () => (await control()).json.webhooks.sent, (sent) => sent === 1);
    hookStatus = () => 200;
    await restart();
    await until(async () => (await control()).json.webhooks, (counts) => counts.acknowledged === 1);
    expect((await control()).json.webhooks).toEqual({ sent: 1, acknowledged: 1, dropped: 0 });
    expect(received.map((webhook) => webhook.type)).toEqual(["applicantCreated"]);
  });
});
