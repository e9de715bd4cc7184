import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProvider } from "../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { requestFrom, startSecondApi, type RawAnswer, type SecondApi } from "../support/second-api.ts";
import { sumsubSecret, sumsubWebhook } from "../support/sumsub-sender.ts";
import { until } from "../support/wait.ts";

// From where a webhook may come, and whom the platform believes about it. The second API believes a proxy at 127.0.0.9.

let direct: TestPlatform;
let proxied: SecondApi;
const proxy = "127.0.0.9";
let sent = 0;

beforeAll(async () => {
  direct = await startPlatform({ worker: false });
  proxied = await startSecondApi(direct, { trustedProxies: [`${proxy}/32`] });
  await direct.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(async () => {
  await proxied?.stop();
  await direct?.stop();
});

async function integration(fields: Record<string, unknown>): Promise<string> {
  const answer = await direct.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox", ...fields } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body.id;
}

async function post(id: string, options: { api?: string; from?: string; headers?: Record<string, string> } = {}): Promise<RawAnswer> {
  const webhook = sumsubWebhook(sumsubSecret(id), `applicant-${(sent += 1)}`);
  return await requestFrom(options.from ?? "127.0.0.1", `${options.api ?? direct.apiUrl}/webhooks/sumsub/${id}`, { method: "POST", headers: { ...webhook.headers, ...options.headers }, body: webhook.body });
}

const claims = (ip: string): Record<string, string>[] => [
  { "x-forwarded-for": ip }, { "x-forwarded-for": Array.from({ length: 50 }, () => ip).join(", ") }, { forwarded: `for=${ip};proto=https` }, { "x-real-ip": ip },
  { "true-client-ip": ip, "cf-connecting-ip": ip, "x-client-ip": ip, "x-cluster-client-ip": ip },
];

describe("an integration's list of addresses", () => {
  it("lets in whom it holds and answers 403 to others, however well they sign; the refusal is in the log, without the body", async () => {
    const id = await integration({ allowedIps: ["127.0.0.0/30"] });
    expect((await post(id, { from: "127.0.0.3" })).status).toBe(200);
    const refused = await post(id, { from: "127.0.0.4" });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body)).toMatchObject({ code: "source_not_allowed" });
    const log = () => direct.request("GET", "/v1/tenants/acme/inbound-events?status=rejected&limit=250");
    const isIt = (event: Record<string, unknown>): boolean => event["integrationId"] === id && event["reason"] === "source_not_allowed";
    const { body } = await until("the refusal to be recorded", log, (answer) => answer.body.data.some(isIt));
    expect(body.data.find(isIt)).toMatchObject({ status: "rejected", externalId: null, type: null });
  });

  it("is off where there is none, and an empty one lets nobody in", async () => {
    const id = await integration({});
    expect((await direct.request("GET", `/v1/tenants/acme/integrations/${id}`)).body.allowedIps).toBeNull();
    expect((await post(id, { from: "127.0.0.4" })).status).toBe(200);
    const patch = (allowedIps: unknown) => direct.request("PATCH", `/v1/tenants/acme/integrations/${id}`, { body: { allowedIps } });
    expect((await patch([])).body).toMatchObject({ allowedIps: [] });
    await until("nobody to be let in", () => post(id), ({ status }) => status === 403);
    expect((await patch(null)).body).toMatchObject({ allowedIps: null });
    await until("everybody to be let in", () => post(id), ({ status }) => status === 200);
    for (const wrong of [["127.1"], ["10.0.0.0/33"], ["host"], "10.0.0.1", [7], Array.from({ length: 101 }, () => "10.0.0.1")]) expect((await patch(wrong)).status, JSON.stringify(wrong)).toBe(422);
    const { body } = await direct.request("GET", `/v1/tenants/acme/audit-log?action=integration.updated&subjectId=${id}`);
    expect(body.data.map((entry: { after: { allowedIps: unknown } }) => entry.after.allowedIps)).toEqual([null, []]);
  });

  it("does not believe a peer about its address", async () => {
    const id = await integration({ allowedIps: ["203.0.113.7"] });
    for (const headers of claims("203.0.113.7")) {
      expect((await post(id, { headers })).status, JSON.stringify(headers).slice(0, 60)).toBe(403);
      expect((await post(id, { api: proxied.url, headers })).status, JSON.stringify(headers).slice(0, 60)).toBe(403);
    }
  });

  it("believes a trusted proxy's X-Forwarded-For, and of it the last address that is no trusted proxy's own", async () => {
    const id = await integration({ allowedIps: ["203.0.113.7", "2001:db8::/64"] });
    const through = (chain: string, more: Record<string, string> = {}) => post(id, { api: proxied.url, from: proxy, headers: { "x-forwarded-for": chain, ...more } });
    const forged = Array.from({ length: 50 }, (_, n) => `203.0.113.${n}`).join(", ");
    for (const chain of ["203.0.113.7", `198.51.100.1, 203.0.113.7`, `203.0.113.7, ${proxy}`, `${forged}, 203.0.113.7`, "::ffff:203.0.113.7", "2001:db8::", "2001:db8::ffff:ffff:ffff:ffff"]) {
      expect((await through(chain)).status, chain.slice(-40)).toBe(200);
    }
    for (const chain of ["203.0.113.7, 198.51.100.1", `${forged}, 198.51.100.1`, "2001:db8:0:1::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "nonsense"]) {
      expect((await through(chain, { "x-real-ip": "203.0.113.7", forwarded: "for=203.0.113.7" })).status, chain.slice(-40)).toBe(403);
    }
  });
});

describe("what a vendor signs the address with", () => {
  it("is PUBLIC_URL, whatever a peer says of host and protocol", async () => {
    const { body: made } = await direct.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "twilio", mode: "sandbox" } });
    const provider = findProvider("twilio");
    if (provider === undefined) throw new Error("twilio is missing");
    const { authToken } = sandboxCredentialsFor(provider, made.id, "waystation-sandbox") as { authToken: string };
    const send = async (address: string, api: string, from: string, headers: Record<string, string>) => {
      const fields = { MessageSid: `SM${String((sent += 1)).padStart(32, "0")}`, MessageStatus: "delivered" };
      const text = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)).flat().join("");
      const signature = createHmac("sha1", authToken).update(address + text).digest("base64");
      return await requestFrom(from, `${api}${new URL(address).pathname}`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature, ...headers }, body: new URLSearchParams(fields).toString() });
    };
    const lies = { host: "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-forwarded-port": "443", forwarded: "host=evil.example;proto=https" };
    const elsewhere = made.webhookUrl.replace(/^http:\/\/[^/]+/, "https://evil.example");
    for (const [api, from] of [[direct.apiUrl, "127.0.0.1"], [proxied.url, "127.0.0.1"], [proxied.url, proxy]] as const) {
      expect((await send(made.webhookUrl, api, from, {})).status).toBeLessThan(300);
      expect((await send(made.webhookUrl, api, from, lies)).status).toBeLessThan(300);
      expect((await send(elsewhere, api, from, lies)).status).toBe(401);
    }
  });
});

it("shows in the catalogue from where a vendor says it sends, with the page that says so", async () => {
  const { body } = await direct.request("GET", "/v1/providers");
  const of = (slug: string) => body.data.find((provider: { slug: string }) => provider.slug === slug).webhook.sources;
  expect(of("stripe")).toMatchObject({ source: "https://docs.stripe.com/ips", cidrs: expect.arrayContaining(["54.187.216.72/32"]) });
  expect(of("slack")).toBeNull();
  expect((await direct.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "stripe", mode: "sandbox", allowedIps: of("stripe").cidrs } })).status).toBe(201);
});
