import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { integrationWebhookUrl, openIntegration } from "../../src/integrations/open-integration.ts";
import { hasWebhook, isConnectable, type RawWebhook } from "../../src/providers/contract.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { deriveSandboxSecret, sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { until } from "../support/wait.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// Each provider's own example through the real door, and the challenges that vendors set.

let platform: TestPlatform;
const integrations = new Map<string, { id: string; webhookUrl: string }>();
const receiving = listProviders().filter((provider) => !isConnectable(provider));
const slugs = receiving.map(({ manifest }) => manifest.slug);

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  for (const slug of [...slugs, "sumsub", "sterling", "checkr"]) {
    integrations.set(slug, (await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: slug, mode: "sandbox" } })).body);
  }
});
afterAll(() => platform?.stop());

function integrationOf(slug: string): { id: string; webhookUrl: string } {
  const integration = integrations.get(slug);
  if (integration === undefined) throw new Error(`${slug} has no integration`);
  return integration;
}

function credentialsOf(slug: string): Record<string, string> {
  const provider = listProviders().find(({ manifest }) => manifest.slug === slug);
  if (provider === undefined) throw new Error(`${slug} is missing`);
  return sandboxCredentialsFor(provider, integrationOf(slug).id, platform.platform.config.sandboxSecret) as Record<string, string>;
}

function exampleOf(slug: string): RawWebhook {
  const provider = listProviders().find(({ manifest }) => manifest.slug === slug);
  const { id } = integrationOf(slug);
  const derive = (label: string) => deriveSandboxSecret(platform.platform.config.sandboxSecret, { provider: slug, account: id, label });
  const example = provider?.sandbox.exampleWebhook?.({ credentials: credentialsOf(slug), settings: {}, now: new Date(), derive });
  if (example === undefined) throw new Error(`${slug} has no example`);
  if (slug !== "twilio") return example;
  // Twilio signs the address too.
  const fields = [...new URLSearchParams(example.body.toString())].map((pair) => pair.join("")).toSorted().join("");
  const signature = createHmac("sha1", credentialsOf(slug)["authToken"] ?? "").update(`${integrationOf(slug).webhookUrl}${fields}`).digest("base64");
  return { ...example, headers: { ...example.headers, "x-twilio-signature": signature } };
}

async function call(path: string, init: RequestInit = {}): Promise<{ status: number; text: string; contentType: string | null; headers: Headers }> {
  const answer = await fetch(`${platform.apiUrl}${path}`, { redirect: "manual", ...init });
  return { status: answer.status, text: await answer.text(), contentType: answer.headers.get("content-type"), headers: answer.headers };
}

async function post(slug: string, raw: Pick<RawWebhook, "headers" | "body" | "pathSecret">, query = "") {
  const secret = raw.pathSecret === undefined ? "" : `/${raw.pathSecret}`;
  return await call(`/webhooks/${slug}/${integrationOf(slug).id}${secret}${query}`, { method: "POST", headers: raw.headers as Record<string, string>, body: new Uint8Array(raw.body) });
}

// oxlint-disable-next-line typescript/no-explicit-any
async function eventsOf(slug: string): Promise<any[]> {
  const { data } = (await platform.request("GET", "/v1/tenants/acme/inbound-events?limit=250")).body;
  return data.filter((event: { provider: string }) => event.provider === slug);
}

const expectedAnswers: Record<string, { status: number; text?: string }> = {
  "dropbox-sign": { status: 200, text: "Hello API Event Received" }, twilio: { status: 204, text: "" }, microsoft: { status: 202 }, lucca: { status: 202 },
};

describe.each(slugs)("%s", (slug) => {
  it("has its webhook recorded once, however often it comes, and answered as the vendor wants", async () => {
    const raw = exampleOf(slug);
    const answers = await Promise.all([post(slug, raw), post(slug, raw), post(slug, raw)]);
    const { status, text = "" } = expectedAnswers[slug] ?? { status: 200 };
    for (const answer of answers) expect([answer.status, answer.text]).toEqual([status, text]);
    const recorded = async () => (await eventsOf(slug)).filter((event) => event.status !== "rejected");
    expect(await recorded()).toHaveLength(1);
    const [news] = await until("the repetitions to be counted", recorded, ([first]) => first.duplicates === 2);
    expect(news).toMatchObject({ duplicates: 2, conflicts: 0, integrationId: integrationOf(slug).id });
  });

  it("is refused with another integration's proof, and without any", async () => {
    const before = (await eventsOf(slug)).filter((event) => event.status !== "rejected").length;
    const other = receiving.find(({ manifest }) => manifest.slug === slug);
    const forged = other?.sandbox.exampleWebhook?.({
      credentials: sandboxCredentialsFor(other, "another"), settings: {}, now: new Date(),
      derive: (label) => deriveSandboxSecret("another", { provider: slug, account: "another", label }),
    });
    if (forged === undefined) throw new Error("no example");
    for (const raw of [forged, { headers: { "content-type": "application/json" }, body: Buffer.from("{}") }]) {
      const answer = await post(slug, raw);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toMatchObject({ detail: "The webhook's signature is missing or wrong." });
    }
    expect((await eventsOf(slug)).filter((event) => event.status !== "rejected")).toHaveLength(before);
  });

  it("can be received and shown, and is not said to be reachable", async () => {
    const { id } = integrationOf(slug);
    const shown = (await platform.request("GET", `/v1/tenants/acme/integrations/${id}`)).body;
    expect(shown).toMatchObject({ status: "connected", health: null });
    expect((await platform.request("POST", `/v1/tenants/acme/integrations/${id}/test`, { body: {} })).status).toBe(409);
    for (const secret of Object.values(credentialsOf(slug))) expect(JSON.stringify(shown)).not.toContain(secret);
  });
});

describe("challenges", () => {
  it("Lucca's and LinkedIn's come by GET and leave nothing behind", async () => {
    const echo = await call(`/webhooks/lucca/${integrationOf("lucca").id}?echo=%3Cb%3E`);
    expect([echo.status, echo.text, echo.contentType]).toEqual([200, "<b>", "text/plain; charset=utf-8"]);
    expect(echo.headers.get("x-content-type-options")).toBe("nosniff");
    const linkedin = await call(`/webhooks/linkedin/${integrationOf("linkedin").id}?challengeCode=a-1`);
    expect(JSON.parse(linkedin.text)).toEqual({ challengeCode: "a-1", challengeResponse: createHmac("sha256", credentialsOf("linkedin")["clientSecret"] ?? "").update("a-1").digest("hex") });
    expect((await eventsOf("lucca")).filter((event) => event.status !== "rejected")).toHaveLength(1);
  });

  it("Microsoft's comes in the query of a POST and is repeated as text that no browser reads as a page", async () => {
    const answer = await post("microsoft", { headers: {}, body: Buffer.alloc(0) }, "?validationToken=Validation%3A+%3Cscript%3E");
    expect([answer.status, answer.text, answer.contentType]).toEqual([200, "Validation: <script>", "text/plain; charset=utf-8"]);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  it("Slack's must be signed", async () => {
    const body = Buffer.from(JSON.stringify({ type: "url_verification", challenge: "c-1", token: "t" }));
    const time = String(Math.floor(Date.now() / 1000));
    const sign = (key: string) => ({
      "content-type": "application/json", "x-slack-request-timestamp": time,
      "x-slack-signature": `v0=${createHmac("sha256", key).update(`v0:${time}:${body.toString()}`).digest("hex")}`,
    });
    const good = await post("slack", { headers: sign(credentialsOf("slack")["signingSecret"] ?? ""), body });
    expect([good.status, JSON.parse(good.text)]).toEqual([200, { challenge: "c-1" }]);
    expect((await post("slack", { headers: sign("another"), body })).status).toBe(401);
    expect((await post("slack", { headers: { "content-type": "application/json" }, body })).status).toBe(401);
  });

  it("Zoom's is answered with the token's MAC", async () => {
    const body = Buffer.from(JSON.stringify({ event: "endpoint.url_validation", payload: { plainToken: "abc" } }));
    const encryptedToken = createHmac("sha256", credentialsOf("zoom")["webhookSecretToken"] ?? "").update("abc").digest("hex");
    const answer = await post("zoom", { headers: { "content-type": "application/json" }, body });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, { plainToken: "abc", encryptedToken }]);
  });

  it("nobody else answers a GET, and those who do answer only a challenge", async () => {
    for (const slug of ["sumsub", "stripe", "zoom", "sterling"]) expect((await call(`/webhooks/${slug}/${integrationOf(slug).id}?echo=a`)).status, slug).toBe(405);
    for (const method of ["HEAD", "PUT", "DELETE"]) expect((await call(`/webhooks/lucca/${integrationOf("lucca").id}?echo=a`, { method })).status, method).toBe(405);
    expect((await call(`/webhooks/lucca/${integrationOf("lucca").id}`)).status).toBe(400);
    expect((await call(`/webhooks/linkedin/${integrationOf("linkedin").id}?challengeCode=hmacsha256%3D`)).status).toBe(401);
    expect((await call("/webhooks/lucca/int_01k00000000000000000000000?echo=a")).status).toBe(404);
  });
});

it("a secret address is named in the URL that is shown, and only providers that sign nothing have one", async () => {
  expect(integrationOf("sterling").webhookUrl).toMatch(/\/webhooks\/sterling\/int_[0-9a-z]+\/\{callbackSecret\}$/);
  const raw = exampleOf("sterling");
  for (const pathSecret of [undefined, "x", `${raw.pathSecret}0`, "%7BcallbackSecret%7D"]) expect((await post("sterling", { ...raw, pathSecret })).status).toBe(401);
  expect((await post("stripe", { ...exampleOf("stripe"), pathSecret: "a".repeat(32) })).status).toBe(404);
});

it.each(["checkr", "sterling"])("a background check's news come from %s's stand-in through the door", async (slug) => {
  const { id } = integrationOf(slug);
  expect((await platform.request("POST", `/v1/tenants/acme/integrations/${id}/test`, { body: {} })).body).toMatchObject({ ok: true });
  const { provider, connection } = await openIntegration(platform.platform, "acme", id);
  const check = connection.backgroundCheck;
  if (check === undefined) throw new Error("no backgroundCheck");
  const candidate = { externalId: "bgc_1", firstName: "Jane", lastName: "Doe", email: "jane@example.test" };
  const { reference } = await check.createCandidate(candidate);
  const [first] = await check.listPackages();
  const webhookUrl = integrationWebhookUrl(platform.platform, provider, id) ?? "";
  await check.invite({ candidateReference: reference, externalId: "bgc_1", packageReference: first?.reference ?? "", workLocation: { country: "US" }, webhookUrl });
  const last = slug === "checkr" ? "report.completed" : "screening";
  const events = await until("the last news", () => eventsOf(slug), (all) => all.some(({ type }) => type === last) && all.length >= 2);
  expect(events.map(({ status }) => status)).not.toContain("rejected");
});

it("one account of the whole platform is received without an integration's id, once the configuration names its integration", async () => {
  const raw = exampleOf("stripe");
  const send = () => call("/webhooks/stripe", { method: "POST", headers: raw.headers as Record<string, string>, body: new Uint8Array(raw.body) });
  expect((await send()).status).toBe(404);
  const { id } = integrationOf("stripe");
  platform.platform.config.platformIntegrations["stripe"] = id;
  // Of another provider: nobody listens there.
  platform.platform.config.platformIntegrations["zoom"] = id;
  expect((await send()).status).toBe(200);
  expect((await call("/webhooks/zoom", { method: "POST", body: "{}" })).status).toBe(404);
  expect((await call("/webhooks/linkedin?challengeCode=a")).status).toBe(404);
});

it("a live integration without credentials accepts nobody's webhook", async () => {
  for (const provider of receiving) {
    const { slug } = provider.manifest;
    const { id, status } = (await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: slug, mode: "live" } })).body;
    expect(status).toBe("disconnected");
    const raw = exampleOf(slug);
    const secret = raw.pathSecret === undefined ? "" : `/${raw.pathSecret}`;
    const answer = await call(`/webhooks/${slug}/${id}${secret}`, { method: "POST", headers: raw.headers as Record<string, string>, body: new Uint8Array(raw.body) });
    expect(answer.status, slug).toBe(401);
  }
});

it("the catalogue lists every provider, and claims a capability for none that cannot be called", async () => {
  const { data } = (await platform.request("GET", "/v1/providers")).body as { data: { slug: string; capabilities: string[]; webhook: unknown }[] };
  expect(data.map(({ slug }) => slug)).toEqual(listProviders().map(({ manifest }) => manifest.slug));
  for (const { slug, capabilities } of data) expect(capabilities.length > 0, slug).toBe(!slugs.includes(slug));
  expect(listProviders().filter(({ webhook }) => hasWebhook(webhook))).toHaveLength(21);
});
