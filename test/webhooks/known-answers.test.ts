import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { knownAnswerSchema, type KnownAnswer } from "../../scripts/known-answer.ts";
import { hasWebhook, type ProviderWebhook } from "../../src/providers/contract.ts";
import { findProvider } from "../../src/providers/registry.ts";
import { openDoor, type Door } from "../support/door.ts";
import { openClient, type Client, type RawAnswer } from "../support/raw-http.ts";

// Every known answer through the real door: its bytes and headers, at its time, into an integration with its secret.
// KNOWN_ANSWERS names another file of them.

const own = new URL("../providers/known-answers/signatures.json", import.meta.url);
const files = [own, ...(process.env["KNOWN_ANSWERS"] === undefined ? [] : [process.env["KNOWN_ANSWERS"]])];
const entries = files.flatMap((file) => (JSON.parse(readFileSync(file, "utf8")) as { id: string }[]).map((entry) => ({ id: entry.id, entry: knownAnswerSchema.parse(entry) })));

/** Why an entry is no request to us; null when it is one. */
function whyNot(entry: KnownAnswer): string | null {
  if (findProvider(entry.provider) === undefined) return "not a provider's";
  if (entry.direction === "outbound-request") return "a request of ours";
  return entry.algorithm?.startsWith("raw-hmac-sha256-hex") === true ? "a MAC alone" : null;
}

const inbound = entries.filter(({ entry }) => whyNot(entry) === null);
let door: Door;
let client: Client;

beforeAll(async () => {
  door = await openDoor();
  client = openClient(door.url);
  const left = entries.flatMap(({ id, entry }) => (whyNot(entry) === null ? [] : [`${id} (${whyNot(entry)})`]));
  console.log(`known answers: ${inbound.length} through the door; left out: ${left.join(", ") || "none"}`);
});
afterAll(async () => {
  await client?.close();
  await door?.stop();
});

function webhookOf({ provider }: KnownAnswer): ProviderWebhook {
  const webhook = findProvider(provider)?.webhook;
  if (webhook === undefined || !hasWebhook(webhook)) throw new Error(`${provider} has no webhook`);
  return webhook;
}

async function connect(entry: KnownAnswer): Promise<string> {
  const known = webhookOf(entry).forKnownAnswer?.({ secret: entry.secret_or_key ?? "not published", algorithm: entry.algorithm ?? "" });
  const unsigned = entry.secret_or_key == null && entry.expected_response === undefined;
  // The signed address is an example of the vendor's: the setting for proxies that change the path makes it this one's.
  const called = entry.provider === "twilio" ? { calledAddress: entry.url?.split("?")[0] } : {};
  return await door.connect({ provider: entry.provider, credentials: unsigned ? null : known?.credentials, settings: { ...(known?.settings as object), ...called } });
}

function bodyOf({ body, params }: KnownAnswer): Buffer {
  const pairs = Object.entries(params ?? {}).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
  return Buffer.from(body ?? new URLSearchParams(pairs).toString(), "utf8");
}

async function send(entry: KnownAnswer): Promise<RawAnswer> {
  const body = bodyOf(entry);
  const headers = Object.entries(entry.headers).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]));
  // Most entries name the headers that are signed and no others.
  const typed = headers.some(([name]) => name.toLowerCase() === "content-type") || body.length === 0;
  door.now = entry.now == null ? new Date() : new Date(entry.now * 1000);
  return await client.send({
    method: entry.method ?? (entry.direction === "challenge-GET" ? "GET" : "POST"),
    path: `/webhooks/${entry.provider}/${await connect(entry)}${/\?.*$/s.exec(entry.url ?? "")?.[0] ?? ""}`,
    headers: typed ? headers : [["content-type", "application/json"], ...headers], body,
  });
}

it.each(inbound)("$id is answered as its publisher says", async ({ entry }) => {
  const answer = await send(entry);
  if (entry.expected_response !== undefined) {
    expect(answer.status, answer.body).toBe(200);
    const given: unknown = typeof entry.expected_response === "string" ? answer.body : JSON.parse(answer.body);
    if (entry.verified === false) expect(JSON.stringify(given)).toHaveLength(JSON.stringify(entry.expected_response).length);
    else expect(given).toEqual(entry.expected_response);
    return;
  }
  if (entry.valid === true) expect([200, 202, 204], answer.body).toContain(answer.status);
  // A sample whose secret is not published proves only that it is refused without one.
  else expect(JSON.parse(answer.body), answer.body).toMatchObject({ status: 401, code: "signature_invalid" });
});
