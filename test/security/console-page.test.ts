import type { Browser, Page } from "playwright-core";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildConsoleIfStale } from "../../console/build.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { launchBrowser, openPageIn, type OpenPage } from "../support/browser.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

/** Each would set window.hit if it were read as a page, or leave an element behind. */
const attacks = [
  "<script>window.hit=1</script>", "<ScRiPt >window.hit=1</sCrIpT >", '"><script>window.hit=1</script>', "'><script>window.hit=1</script>", "</script><script>window.hit=1</script>", "</textarea><script>window.hit=1</script>",
  "<img src=x onerror=window.hit=1>", '<img src="x" onerror="window.hit=1" class="planted">', "<svg onload=window.hit=1>", "<svg><script>window.hit=1</script></svg>", "<svg><animate onbegin=window.hit=1 attributeName=x dur=1s>", "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
  "<iframe src=javascript:parent.hit=1></iframe>", "<details open ontoggle=window.hit=1>", "<body onload=window.hit=1>", "<video><source onerror=window.hit=1></video>", "<input autofocus onfocus=window.hit=1>", "<a href=javascript:window.hit=1 class=planted>click</a>",
  "<math><mtext><img src=x onerror=window.hit=1></mtext></math>", "<style>@import 'javascript:window.hit=1';*{display:none!important}</style>", "<base href=javascript:/window.hit=1//>", "<object data=javascript:window.hit=1></object>", "{{constructor.constructor('window.hit=1')()}}", "javascript:window.hit=1//<!--><img src=x onerror=window.hit=1>",
];

const base = "/v1/tenants/acme";
let platform: TestPlatform;
let browser: Browser;
let receiver: Server;
let seen: OpenPage;
let inbound: string;
let delivery: string;
let endpoint: string;

beforeAll(async () => {
  [platform, browser] = await Promise.all([buildConsoleIfStale().then(() => startPlatform({ env: { WEBHOOK_RETRY_SCHEDULE: "1h" } })), launchBrowser()]);
  // What a receiver answers is shown too: each attempt with all of them.
  receiver = createServer((_request, response) => response.writeHead(500, { "content-type": "text/html" }).end(attacks.join("\n")));
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  await plant();
  seen = await openPageIn(browser);
  await seen.page.goto(`${platform.apiUrl}/console/`);
  await seen.page.getByLabel("API key").fill(platform.adminKey);
  await seen.page.getByRole("button", { name: "Sign in" }).click();
  // With one tenant alone there is nothing to choose.
  await seen.page.getByRole("navigation", { name: "Main" }).waitFor();
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await platform?.stop();
  receiver?.close();
});

async function post(path: string, body: unknown): Promise<any> {
  const answer = await platform.request("POST", path, { body });
  expect(answer.status, `${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
  return answer.body;
}

/** The strings in everything that a tenant, a host product, a receiver or a provider can write and the console shows. */
async function plant(): Promise<void> {
  const all = attacks.join("\n");
  await post("/v1/tenants", { id: "acme", name: attacks[6] });
  for (const attack of attacks) await platform.request("PATCH", base, { body: { name: attack } });
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/?${encodeURIComponent(attacks[0] as string)}`;
  endpoint = (await post(`${base}/webhook-endpoints`, { url, description: all.slice(0, 500), headers: Object.fromEntries(attacks.slice(0, 15).map((attack, n) => [`x-${n}`, attack])) })).id;
  for (const attack of attacks) await post(`${base}/api-keys`, { name: attack, scopes: ["events:read"] });
  await post(`${base}/events`, { type: "thing.made", payload: { attacks } });
  await receiveFrom("onfido");
  ({ id: delivery } = (await until("a failed attempt", () => platform.request("GET", `${base}/deliveries`), ({ body }) => body.data[0]?.lastStatusCode === 500)).body.data[0]);
  await post(`${base}/integrations`, { provider: "sumsub", mode: "sandbox", settings: { levelName: attacks[0] } });
  await post(`${base}/verifications`, { candidate: { firstName: attacks[6], lastName: attacks[0], email: "jane+silent@example.test" } });
}

async function receiveFrom(slug: string): Promise<void> {
  const provider = listProviders().find(({ manifest }) => manifest.slug === slug);
  if (provider === undefined) throw new Error(`${slug} is missing`);
  const { id } = await post(`${base}/integrations`, { provider: slug, mode: "sandbox" });
  const credentials = sandboxCredentialsFor(provider, id, platform.platform.config.sandboxSecret);
  const body = Buffer.from(JSON.stringify({ payload: { resource_type: "check", action: attacks[6], object: { id: attacks[0], attacks } } }));
  const raw = provider.sandbox.exampleWebhook?.({ credentials: credentials as never, settings: {} as never, now: new Date(), derive: () => "", body });
  const answer = await fetch(`${platform.apiUrl}/webhooks/${slug}/${id}`, { method: "POST", headers: raw?.headers as Record<string, string>, body: new Uint8Array(body) });
  expect(answer.status).toBe(200);
  ({ id: inbound } = (await platform.request("GET", `${base}/inbound-events`)).body.data[0]);
}

/** Nothing ran, nothing of the strings became an element, and the browser complained of nothing: text is not even tried. */
async function expectHarmless(page: Page): Promise<void> {
  expect(await page.evaluate("window.hit")).toBeUndefined();
  expect(await page.evaluate("document.querySelectorAll('script:not([src]), iframe, object, base, math, video, details[ontoggle], .planted, [onerror], [onload], [onfocus], [onbegin], [href^=\"javascript:\" i]').length")).toBe(0);
  expect(seen.faults.filter((fault) => /CSP|hit/.test(fault))).toEqual([]);
}

describe("A10 the console's headers", () => {
  test.each(["/console/", "/console/t/acme/deliveries", "/console"])("A10 %s lets in scripts and styles of its own alone, and no frame around it", async (path) => {
    const answer = await fetch(`${platform.apiUrl}${path}`);
    const policy = new Map((answer.headers.get("content-security-policy") ?? "").split(";").map((part) => part.trim().split(/ (.*)/s) as [string, string]));
    expect(Object.fromEntries(policy)).toMatchObject({ "default-src": "'self'", "script-src": "'self'", "object-src": "'none'", "base-uri": "'self'", "frame-ancestors": "'none'", "form-action": "'self'", "connect-src": "'self'" });
    expect(policy.get("style-src")).toMatch(/^'self' 'nonce-[A-Za-z0-9+/]{22}=='$/);
    expect([...policy.values()].join(" ")).not.toMatch(/unsafe-|\*|https?:/);
    const headers = ["x-content-type-options", "x-frame-options", "referrer-policy", "cross-origin-opener-policy", "cross-origin-resource-policy"].map((name) => answer.headers.get(name));
    expect(headers).toEqual(["nosniff", "SAMEORIGIN", "no-referrer", "same-origin", "same-origin"]);
    expect(answer.headers.get("strict-transport-security")).toContain("max-age=");
    // The page names its files and its nonce, each answer another.
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("set-cookie")).toBeNull();
    expect((await fetch(`${platform.apiUrl}${path}`)).headers.get("content-security-policy")).not.toBe(answer.headers.get("content-security-policy"));
  });

  test("A10 no answer of any kind sets a cookie or says what serves it", async () => {
    for (const path of ["/", "/console/", "/docs/", "/openapi.json", "/health/live", "/metrics", base, "/nothing", "/webhooks/onfido/none"]) {
      const { headers } = await platform.request("GET", path);
      expect([headers.get("set-cookie"), headers.get("x-powered-by"), headers.get("server")], path).toEqual([null, null, null]);
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
      expect(headers.get("content-security-policy") ?? "", path).toMatch(/default-src '(self|none)'/);
    }
  });
});

describe("A10 strings that would be scripts", () => {
  test("A10 are 24", () => {
    expect(new Set(attacks).size).toBe(24);
  });

  test.each(attacks.map((attack, index) => ({ attack, index })))("A10 $attack in a webhook's body and in a receiver's answer is text", async ({ attack }) => {
    const { page } = seen;
    await page.goto(`${platform.apiUrl}/console/t/acme/inbound?event=${inbound}`);
    await page.getByRole("button", { name: "Show what the provider sent" }).click();
    await page.getByText("What the provider sent", { exact: true }).waitFor();
    expect(await page.locator("pre").innerText()).toContain(JSON.stringify(attack).slice(1, -1));
    await expectHarmless(page);
    await page.goto(`${platform.apiUrl}/console/t/acme/deliveries?delivery=${delivery}`);
    await page.getByText("Answered 500").first().waitFor();
    expect(await page.getByRole("dialog").innerText()).toContain(attack);
    await expectHarmless(page);
  });

  test("A10 are text on every other page that shows what others wrote", async () => {
    const { page } = seen;
    const { data } = (await platform.request("GET", `${base}/verifications`)).body;
    for (const path of ["integrations", "verifications", `verifications/${data[0].id}`, "endpoints", `endpoints/${endpoint}`, "deliveries", "inbound", "audit-log"]) {
      await page.goto(`${platform.apiUrl}/console/t/acme/${path}`);
      await page.getByRole("main").waitFor();
      await page.waitForLoadState("networkidle");
      for (const more of await page.getByText("What changed").all()) await more.click();
      await expectHarmless(page);
    }
    await page.goto(`${platform.apiUrl}/console/t/acme/audit-log?action=tenant.updated`);
    await page.getByText("What changed").first().click();
    await expect.poll(() => page.getByRole("main").innerText()).toContain("window.hit=1");
  });
});
