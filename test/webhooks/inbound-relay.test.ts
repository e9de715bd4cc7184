import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import type { Platform } from "../../src/context.ts";
import type { ProviderNews } from "../../src/domain/processes.ts";
import { firstIdOf, newId } from "../../src/lib/ids.ts";
import { createPlatform } from "../../src/platform.ts";
import { findProvider } from "../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { ownObject } from "../../src/webhooks/inbound/own-object.ts";
import { relayInboundNews } from "../../src/webhooks/inbound/relay.ts";
import { removeOldInbound } from "../../src/webhooks/inbound/retention.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

// No worker runs here: each round of the relay is the test's own, and what a run was told is read from its history.

let test: TestPlatform;
let platform: Platform;
let integrationId = "";
let secret = "";
let owners = 0;

beforeAll(async () => {
  test = await startPlatform({ worker: false });
  ({ platform } = test);
  await test.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  integrationId = (await test.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } })).body.id;
  const provider = findProvider("sumsub");
  if (provider === undefined) throw new Error("sumsub is missing");
  secret = (sandboxCredentialsFor(provider, integrationId) as { webhookSecret: string }).webhookSecret;
});
afterAll(() => test?.stop());

/** A webhook about an applicant; `type` tells it from the others. */
async function send(applicantId: string, type: string, more: Record<string, unknown> = {}): Promise<number> {
  const body = JSON.stringify({ applicantId, type, createdAtMs: "2026-11-24 09:00:00.000", ...more });
  const headers = { "content-type": "application/json", "x-payload-digest-alg": "HMAC_SHA256_HEX", "x-payload-digest": createHmac("sha256", secret).update(body).digest("hex") };
  return (await fetch(`${test.apiUrl}/webhooks/sumsub/${integrationId}`, { method: "POST", headers, body })).status;
}

/** A run that owns an applicant, and what it has been told so far: one list of types for each signal. */
async function owner(): Promise<{ applicantId: string; own(): Promise<void>; told(): Promise<string[][]> }> {
  owners += 1;
  const [applicantId, workflowId] = [`applicant-${owners}`, `owner/${owners}`];
  await platform.temporal.client.workflow.start("nobodyRunsThis", { taskQueue: "nobody-polls-this", workflowId, args: [] });
  const handle = platform.temporal.client.workflow.getHandle(workflowId);
  return {
    applicantId,
    own: () => platform.db.tenantTransaction("acme", (tx) => ownObject(tx, "acme", { integrationId, kind: "applicant", reference: applicantId, workflowId })),
    told: async () => {
      const { events } = await handle.fetchHistory();
      const signals = (events ?? []).flatMap((event) => (event.workflowExecutionSignaledEventAttributes == null ? [] : [event.workflowExecutionSignaledEventAttributes]));
      return await Promise.all(signals.map(async (signal) => {
        const [news] = await Promise.all((signal.input?.payloads ?? []).map(decode<ProviderNews[]>));
        return (news ?? []).map(({ type }) => type);
      }));
    },
  };
}

async function decode<T>(payload: object): Promise<T> {
  const { payloadConverter, payloadCodecs } = platform.temporal.client.options.loadedDataConverter;
  let payloads = [payload];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  return payloadConverter.fromPayload(payloads[0] as never);
}

async function eventsAbout(applicantId: string): Promise<{ id: string; status: string; reason: string | null; relay_attempts: number; lease_until: Date | null; conflicts: number; duplicates: number }[]> {
  return (await test.owner.query("SELECT * FROM inbound_event WHERE about_ref = $1 ORDER BY id", [applicantId])).rows;
}

const due = (): Promise<unknown> => test.owner.query("UPDATE inbound_event SET next_relay_at = now() WHERE status = 'received'");

it("hands all pending news of a run over in one signal, in the order in which they came", async () => {
  const [one, two] = [await owner(), await owner()];
  await Promise.all([one.own(), two.own()]);
  for (const type of ["applicantCreated", "applicantPending", "applicantReviewed"]) {
    expect(await send(one.applicantId, type)).toBe(200);
    expect(await send(two.applicantId, type)).toBe(200);
  }
  expect(await relayInboundNews(platform)).toEqual({ relayed: 6, more: false, away: false });
  const inOrder = [["applicantCreated", "applicantPending", "applicantReviewed"]];
  expect([await one.told(), await two.told()]).toEqual([inOrder, inOrder]);
  expect((await eventsAbout(one.applicantId)).map(({ status }) => status)).toEqual(["processed", "processed", "processed"]);
});

it("orders news by when they happened at the vendor, whichever way they came", async () => {
  const { own, applicantId, told } = await owner();
  await own();
  await send(applicantId, "applicantReviewed", { createdAtMs: "2026-11-24 09:00:02.000" });
  await send(applicantId, "applicantCreated", { createdAtMs: "2026-11-24 09:00:01.000" });
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantCreated", "applicantReviewed"]]);
});

it("answers a hundred copies of one webhook with 2xx, keeps one row and tells the run once", async () => {
  const { own, applicantId, told } = await owner();
  await own();
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(applicantId, "applicantReviewed")));
  expect(answers).toEqual(Array.from({ length: 100 }, () => 200));
  await relayInboundNews(platform);
  await until("the repetitions to be counted", () => eventsAbout(applicantId), ([first]) => first?.duplicates === 99);
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantReviewed"]]);
  expect(await eventsAbout(applicantId)).toHaveLength(1);
});

it("keeps the first of two that say different things under one id, and shows that there was another", async () => {
  const { applicantId } = await owner();
  await send(applicantId, "applicantReviewed", { correlationId: "c-1", reviewStatus: "completed" });
  expect(await send(applicantId, "applicantReviewed", { correlationId: "c-1", reviewStatus: "onHold" })).toBe(200);
  await send(applicantId, "applicantReviewed", { correlationId: "c-1", reviewStatus: "completed" });
  const [event] = await until("the repetitions to be counted", () => eventsAbout(applicantId), ([first]) => first?.duplicates === 2);
  expect(event?.conflicts).toBe(1);
});

it("lets news wait for an owner, and hands them over as soon as there is one", async () => {
  const { own, applicantId, told } = await owner();
  await send(applicantId, "applicantCreated");
  await relayInboundNews(platform);
  const [waiting] = await eventsAbout(applicantId);
  expect(waiting).toMatchObject({ status: "received", relay_attempts: 1, lease_until: null });
  await send(applicantId, "applicantPending");
  await own();
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantCreated", "applicantPending"]]);
});

it("parks what nobody owns, and a person can replay it", async () => {
  const { own, applicantId, told } = await owner();
  await send(applicantId, "applicantReviewed");
  await test.owner.query("UPDATE inbound_event SET relay_attempts = 17 WHERE about_ref = $1", [applicantId]);
  for (let round = 0; round < 2; round += 1) {
    await due();
    await relayInboundNews(platform);
  }
  const [parked] = await eventsAbout(applicantId);
  expect(parked).toMatchObject({ status: "parked", reason: "no process owns the object that it is about" });
  await own();
  expect((await test.request("POST", `/v1/tenants/acme/inbound-events/${parked?.id}/replay`, { body: {} })).status).toBe(202);
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantReviewed"]]);
});

it("never lets later news of a run overtake earlier ones that were put off", async () => {
  const { own, applicantId, told } = await owner();
  await own();
  await send(applicantId, "applicantCreated");
  await test.owner.query("UPDATE inbound_event SET next_relay_at = now() + interval '5 minutes' WHERE about_ref = $1", [applicantId]);
  await send(applicantId, "applicantReviewed");
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantCreated", "applicantReviewed"]]);
});

it("passes an owner over while another relay holds its news, and takes them when that one is gone", async () => {
  const { own, applicantId, told } = await owner();
  await own();
  await send(applicantId, "applicantCreated");
  const hold = (until: string): Promise<unknown> => test.owner.query(`UPDATE inbound_event SET lease_until = now() + interval '${until}', lease_token = gen_random_uuid() WHERE about_ref = $1 AND type = 'applicantCreated'`, [applicantId]);
  await hold("30 seconds");
  await send(applicantId, "applicantReviewed");
  expect(await relayInboundNews(platform)).toMatchObject({ relayed: 0 });
  await hold("-1 seconds");
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantCreated", "applicantReviewed"]]);
});

it("leaves everything as it was while Temporal is away", async () => {
  const { own, applicantId, told } = await owner();
  await own();
  await send(applicantId, "applicantReviewed");
  const env = { NODE_ENV: "test", DATABASE_URL: platform.config.databaseUrl, ENCRYPTION_KEYS: platform.config.encryptionKeys, TEMPORAL_ADDRESS: "127.0.0.1:1", LOG_LEVEL: "silent" };
  const cutOff = createPlatform(loadConfig(env), { process: "test" });
  try {
    expect(await relayInboundNews(cutOff)).toMatchObject({ relayed: 0, away: true });
  } finally {
    await cutOff.close();
  }
  expect((await eventsAbout(applicantId))[0]).toMatchObject({ status: "received", relay_attempts: 0, lease_until: null });
  await relayInboundNews(platform);
  expect(await told()).toEqual([["applicantReviewed"]]);
});

it("says of news whose run has ended that nobody waits for them", async () => {
  const { own, applicantId } = await owner();
  await own();
  await platform.temporal.client.workflow.getHandle(`owner/${owners}`).terminate();
  await send(applicantId, "applicantReviewed");
  await relayInboundNews(platform);
  expect((await eventsAbout(applicantId))[0]).toMatchObject({ status: "processed", reason: "the process that it is about has ended" });
});

it("removes bodies and refusals after a month and the log's rows after a year and more, and nothing younger", async () => {
  const daysAgo = (days: number): Date => new Date(Date.now() - days * 86_400_000);
  const seed = async (days: number, status: string): Promise<string> => {
    const id = firstIdOf("inb", daysAgo(days)).slice(0, -10) + newId("inb").slice(-10);
    await test.owner.query(
      "INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status, received_at, body_id) VALUES ($1, 'acme', $2, 'sumsub', $1, $3, $4, $1)", [id, integrationId, status, daysAgo(days)]);
    await test.owner.query("INSERT INTO inbound_body (tenant_id, id, body) VALUES ('acme', $1, '\\x00')", [id]);
    return id;
  };
  const [young, old, refused, ancient, waiting] = [await seed(29, "processed"), await seed(31, "processed"), await seed(31, "rejected"), await seed(401, "parked"), await seed(401, "received")];
  await removeOldInbound(platform);
  const rows = async (table: string): Promise<string[]> => (await test.owner.query<{ id: string }>(`SELECT id FROM ${table} WHERE id = ANY($1::text[])`, [[young, old, refused, ancient, waiting]])).rows.map(({ id }) => id).sort();
  expect(await rows("inbound_body")).toEqual([young]);
  expect(await rows("inbound_event")).toEqual([young, old, waiting].sort());
});
