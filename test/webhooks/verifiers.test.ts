import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bodyFor } from "../../src/webhooks/outbound/content.ts";
import { generateEndpointSecret, signatureHeaders, signerOf } from "../../src/webhooks/outbound/sign.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

// Receivers check with a published library, not with our code: what arrives must satisfy both of the usual ones.

interface Arrived {
  headers: Record<string, string>;
  raw: Buffer;
}

/** Which of the libraries accept, by name. */
function acceptedBy(secret: string, { headers, raw }: Arrived): string[] {
  const libraries = { standardwebhooks: () => void new StandardWebhook(secret).verify(raw, headers), svix: () => new SvixWebhook(secret).verify(raw, headers) };
  return Object.entries(libraries).flatMap(([name, verify]) => {
    try {
      verify();
      return [name];
    } catch {
      return [];
    }
  });
}

const both = ["standardwebhooks", "svix"];
const oneByteChanged = ({ headers, raw }: Arrived): Arrived => ({ headers, raw: Buffer.concat([raw.subarray(0, -1), Buffer.from("]")]) });

describe("what arrives over HTTP", () => {
  let platform: TestPlatform;
  let receiver: Server;
  const arrived = new Map<string, Arrived[]>();
  const endpoints: Record<"full" | "thin", { id: string; secret: string }> = { full: { id: "", secret: "" }, thin: { id: "", secret: "" } };
  const modes = ["full", "thin"] as const;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const path = request.url ?? "";
        arrived.set(path, [...(arrived.get(path) ?? []), { headers: plain(request.headers), raw: Buffer.concat(chunks) }]);
        response.end();
      });
    });
    await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
    platform = await startPlatform();
    await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
    for (const payloadMode of modes) {
      const answer = await platform.request("POST", "/v1/tenants/acme/webhook-endpoints", { body: { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/${payloadMode}`, payloadMode } });
      endpoints[payloadMode] = answer.body;
    }
  });
  afterAll(async () => {
    await platform?.stop();
    receiver?.closeAllConnections();
    receiver?.close();
  });

  const plain = (headers: IncomingHttpHeaders): Record<string, string> => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

  /** Publishes an event and gives what both endpoints got of it. */
  async function deliver(event: { id?: string; payload: unknown }): Promise<Record<"full" | "thin", Arrived>> {
    const answer = await platform.request("POST", "/v1/tenants/acme/events", { body: { type: "application.created", ...event } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
    const find = (mode: string) => arrived.get(`/${mode}`)?.find(({ headers }) => headers["webhook-id"] === answer.body.id);
    const ofMode = async (mode: string) => (await until("the webhook", async () => find(mode), (one) => one !== undefined)) as Arrived;
    return { full: await ofMode("full"), thin: await ofMode("thin") };
  }

  async function rotate(mode: "full" | "thin", overlapSeconds: number): Promise<{ before: string; after: string }> {
    const answer = await platform.request("POST", `/v1/tenants/acme/webhook-endpoints/${endpoints[mode].id}/secret/rotate`, { body: { overlapSeconds } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    const before = endpoints[mode].secret;
    endpoints[mode].secret = answer.body.secret;
    return { before, after: answer.body.secret };
  }

  test.each<[string, { id?: string; payload: unknown }]>([
    ["a plain payload", { payload: { applicationId: "a-1042", score: 0.1, tags: [] } }],
    ["an empty payload", { payload: {} }],
    ["text of every script", { payload: { name: "Zoë 李雷 אבג 👩‍👩‍👧 e\u0301 \u2028 \\u0041 \"'</script>", "ключ": "\u0001\ud83d\ude00" } }],
    ["an id of the host's own", { id: "application-7_created", payload: { n: 1 } }],
    ["numbers at the edges", { payload: { big: Number.MAX_SAFE_INTEGER, small: 1e-7, negative: -1234.5 } }],
  ])("%s is accepted by both libraries, full and thin, and a changed byte is not", async (_what, event) => {
    const got = await deliver(event);
    for (const mode of modes) {
      expect(acceptedBy(endpoints[mode].secret, got[mode])).toEqual(both);
      expect(acceptedBy(endpoints[mode].secret, oneByteChanged(got[mode]))).toEqual([]);
      expect(acceptedBy(generateEndpointSecret(), got[mode])).toEqual([]);
      expect(acceptedBy(endpoints[mode].secret, { ...got[mode], headers: { ...got[mode].headers, "webhook-id": "another" } })).toEqual([]);
    }
    if (event.id !== undefined) expect(got.full.headers["webhook-id"]).toBe(event.id);
    expect(JSON.parse(got.full.raw.toString("utf8")).data).toEqual(JSON.parse(JSON.stringify(event.payload)));
    expect(JSON.parse(got.thin.raw.toString("utf8")).data).toEqual({ eventId: got.thin.headers["webhook-id"] });
  });

  test.each(modes)("a rotation of the secret of a %s endpoint never leaves a receiver without one that fits", async (mode) => {
    const payload = { name: "Zoë" };
    const first = await rotate(mode, 600);
    const during = (await deliver({ payload }))[mode];
    expect(acceptedBy(first.before, during)).toEqual(both);
    expect(acceptedBy(first.after, during)).toEqual(both);
    expect(acceptedBy(first.before, oneByteChanged(during))).toEqual([]);
    expect(acceptedBy(first.after, oneByteChanged(during))).toEqual([]);

    const second = await rotate(mode, 1);
    const again = (await deliver({ payload }))[mode];
    // The first overlap goes on: a receiver may be two secrets behind.
    expect(acceptedBy(first.before, again)).toEqual(both);
    expect(acceptedBy(second.after, again)).toEqual(both);
    // The overlap ends by itself, and with it the old secret.
    const after = await until("the overlap's end", async () => (await deliver({ payload }))[mode], (one) => acceptedBy(second.before, one).length === 0);
    expect(acceptedBy(second.after, after)).toEqual(both);
  });
});

test("any JSON payload is signed so that both libraries accept it, and not a byte of it may change", () => {
  const secrets = [generateEndpointSecret(), generateEndpointSecret()] as const;
  const signers = secrets.map(signerOf);
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: "binary" }), fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/), fc.constantFrom("full" as const, "thin" as const), fc.nat(), fc.integer({ min: 1, max: 255 }),
      (payload, id, mode, position, change) => {
        const at = new Date();
        const body = bodyFor(mode, { id, type: "application.created", createdAt: at, dataJson: JSON.stringify(payload) });
        const sent = { headers: signatureHeaders({ eventId: id, at, body, signers }), raw: Buffer.from(body) };
        for (const secret of secrets) expect(acceptedBy(secret, sent)).toEqual(both);
        // The libraries read bytes as UTF-8: two faults in one character may be the same text to them.
        const raw = Buffer.from(body);
        const where = position % raw.length;
        raw[where] = (raw[where] ?? 0) ^ change;
        if (raw.toString("utf8") !== body) expect(acceptedBy(secrets[0], { ...sent, raw })).toEqual([]);
      },
    ),
  );
});
