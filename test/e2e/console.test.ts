import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildConsoleIfStale } from "../../console/build.ts";
import { findProvider } from "../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";
import { launchBrowser, openPageIn } from "../support/browser.ts";
import { seedFailed } from "../support/deliveries.ts";
import { startPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

/** The console in a real browser against the real platform: API, workers, Temporal, Postgres and the provider sandbox. */

const tenant = { id: "acme", name: "Acme GmbH" };

let platform: Awaited<ReturnType<typeof startPlatform>>;
let browser: Browser;

beforeAll(async () => {
  [platform, browser] = await Promise.all([
    buildConsoleIfStale().then(() => startPlatform({ stepMs: 50 })),
    launchBrowser(),
  ]);
  for (const body of [tenant, { id: "globex", name: "Globex" }]) {
    expect((await platform.request("POST", "/v1/tenants", { body })).status).toBe(201);
  }
  // A receiver that answers 404, so that deliveries and failed attempts are there to be shown.
  const endpoint = { url: `${platform.apiUrl}/no-such-receiver`, enabled: true };
  expect((await platform.request("POST", `/v1/tenants/${tenant.id}/webhook-endpoints`, { body: endpoint })).status).toBe(201);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await platform?.stop();
}, 60_000);

describe("the console", () => {
  test("tells a wrong key from a right one and keeps it out of sight", async () => {
    const { page, close } = await openPage();
    await page.goto(consoleUrl("/t/acme/verifications?status=in_review"));
    await page.getByLabel("API key").fill("not-a-key");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This key is not accepted").waitFor();

    await signIn(page);
    await page.waitForURL((url) => url.pathname.endsWith("/t/acme/verifications") && url.search === "?status=in_review");
    await page.getByRole("heading", { name: "Verifications" }).waitFor();
    expect(page.url()).not.toContain(platform.adminKey);
    expect(JSON.stringify(await page.context().storageState())).not.toContain(platform.adminKey);
    await close();
  }, 30_000);

  test("connects a provider, starts a verification and follows it to its end, accessibly in light and dark", async () => {
    const { page, faults, close } = await openPage();
    const shown = await page.goto(consoleUrl("/"));
    expect(shown?.headers()["content-security-policy"]).toMatch(/script-src 'self'(;|$)/);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await expectAccessible(page, "sign-in");

    await signIn(page);
    await page.getByRole("heading", { name: "Choose a tenant" }).waitFor();
    await expectAccessible(page, "tenants");
    await page.getByRole("link", { name: tenant.name }).click();

    await page.getByRole("button", { name: "Connect in sandbox (Sumsub)" }).click();
    await page.getByRole("heading", { name: "Connected (1)" }).waitFor();
    await page.getByRole("button", { name: "Test connection (Sumsub)" }).click();
    await page.getByText("Answers", { exact: true }).waitFor();
    await expectAccessible(page, "integrations");

    await page.getByRole("button", { name: "Who may send (Sumsub)" }).click();
    await page.getByRole("radio", { name: "These addresses only" }).check();
    await page.getByText("Nobody may send while the list is empty.").waitFor();
    await page.getByRole("textbox", { name: "Addresses" }).fill("127.0.0.0/8\n::1");
    await expectAccessible(page, "who may send");
    await page.getByRole("textbox", { name: "Webhooks a second" }).fill("50");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("2 addresses and ranges, at most 50 a second").waitFor();

    await page.getByRole("link", { name: "Verifications" }).click();
    await page.getByRole("heading", { name: "No verification yet" }).waitFor();
    await page.getByRole("button", { name: "Start verification" }).first().click();
    await fillVerification(page);
    await expectAccessible(page, "start verification");
    await page.getByRole("dialog").getByRole("button", { name: "Start verification" }).click();

    await page.getByRole("heading", { name: "Jane Doe" }).waitFor();
    await page.getByRole("main").getByText("The verification is finished.").waitFor({ timeout: 20_000 });
    const entries = page.locator("[data-timeline] > li");
    await expect.poll(() => entries.count()).toBeGreaterThanOrEqual(3);
    expect(await page.getByText("Clear", { exact: true }).count()).toBeGreaterThan(0);
    await expectAccessible(page, "verification");

    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Verifications" }).click();
    await page.getByRole("link", { name: "Jane Doe" }).waitFor();
    await expectAccessible(page, "verifications");

    await page.getByRole("link", { name: "Deliveries" }).click();
    // The oldest: later ones may be held already, untried, since their receiver keeps failing.
    await page.locator("tbody a").last().click();
    await page.getByText("Answered 404").first().waitFor({ timeout: 10_000 });
    await expectAccessible(page, "deliveries");

    expect(faults).toEqual([]);
    await close();
  }, 60_000);

  test("shows what providers sent, why something was refused, the body when asked, and gives an event to its process again", async () => {
    const provider = findProvider("sumsub");
    if (provider?.sandbox.exampleWebhook === undefined) throw new Error("sumsub is missing");
    const { id } = (await platform.request("POST", "/v1/tenants/globex/integrations", { body: { provider: "sumsub", mode: "sandbox" } })).body;
    const credentials = sandboxCredentialsFor(provider, id);
    const example = provider.sandbox.exampleWebhook({ credentials, settings: provider.manifest.settings.parse({}), now: new Date(), derive: () => "" });
    const send = (body: Buffer) => fetch(`${platform.apiUrl}/webhooks/sumsub/${id}`, { method: "POST", headers: example.headers as Record<string, string>, body: new Uint8Array(body) });
    expect((await send(example.body)).status).toBe(200);
    expect((await send(Buffer.from("<script>alert(1)</script>"))).status).toBe(401);
    await platform.owner.query("UPDATE inbound_event SET status = 'parked', next_relay_at = NULL, lease_until = NULL, reason = 'no process owns the object that it is about' WHERE integration_id = $1 AND status = 'received'", [id]);

    const { page, faults, close } = await openPage();
    await page.goto(consoleUrl("/t/globex/inbound"));
    await signIn(page);
    await page.getByRole("row", { name: "Refused webhook" }).getByText("Its signature does not fit").waitFor();
    await expectAccessible(page, "inbound");
    await page.getByRole("row", { name: "Parked" }).getByRole("link").click();
    await page.getByRole("dialog").getByText("No process owns the object that it is about.").waitFor();
    await page.getByRole("button", { name: "Show what the provider sent" }).click();
    await page.getByText('"applicantId"').waitFor();
    await expectAccessible(page, "inbound event");
    await page.getByRole("button", { name: "Give it to its process again" }).click();
    await page.getByRole("dialog").getByText("Received", { exact: true }).first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("combobox", { name: "Status" }).click();
    await page.getByRole("option", { name: "Rejected" }).click();
    await page.waitForURL((url) => url.search.includes("status=rejected"));
    expect(faults).toEqual([]);
    await close();
  }, 60_000);

  test("shows an endpoint's state, figures and deliveries, tries it, counts before it recovers, and rotates its secret", async () => {
    const path = "/v1/tenants/globex/webhook-endpoints";
    const endpoint = (await platform.request("POST", path, { body: { url: `${platform.sandboxUrl}/echo/globex`, description: "Applicant tracking" } })).body;
    await seedFailed(platform, "globex", endpoint.id, 3);
    const { page, faults, close } = await openPage();
    await page.goto(consoleUrl("/t/globex/endpoints"));
    await signIn(page);
    await page.getByRole("link", { name: endpoint.url }).waitFor();
    await page.getByText("Healthy", { exact: true }).waitFor();
    await expectAccessible(page, "endpoints");

    await page.getByRole("link", { name: endpoint.url }).click();
    await page.getByText("3: 0 delivered, 3 failed").waitFor();
    await page.getByRole("button", { name: "Send test" }).click();
    await page.getByRole("row", { name: "webhook.test" }).getByText("Delivered").waitFor();
    await page.getByText("4: 1 delivered, 3 failed").waitFor();
    await expectAccessible(page, "endpoint");

    await page.getByRole("link", { name: "application.created" }).first().click();
    await page.getByText("Only an answer of 2xx counts as delivered.").waitFor();
    await expectAccessible(page, "delivery of an endpoint");
    await page.getByRole("button", { name: "Send again now" }).click();
    await page.getByText("Answered 200").waitFor();
    await page.keyboard.press("Escape");

    await page.getByRole("button", { name: "Recover" }).click();
    await page.getByRole("button", { name: "Count" }).click();
    await page.getByText("2 deliveries to send.").waitFor();
    await expectAccessible(page, "recover");
    await page.getByRole("button", { name: "Send 2" }).click();
    await page.getByText("All are on their way: 2 of 2.").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await expect.poll(() => page.getByRole("row").getByText("Delivered", { exact: true }).count(), { timeout: 15_000 }).toBe(4);

    await page.getByRole("button", { name: "Rotate secret" }).click();
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText("whsec_").waitFor();
    await expectAccessible(page, "rotated secret");
    const shown = await page.getByText("whsec_").textContent();
    expect([shown, shown === endpoint.secret]).toEqual([(await platform.request("GET", `${path}/${endpoint.id}/secret`)).body.secret, false]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Retire now" }).click();
    await expectAccessible(page, "retire a former secret");
    await page.getByRole("button", { name: "Retire", exact: true }).click();
    await page.getByRole("heading", { name: "Former secrets" }).waitFor({ state: "detached" });

    await platform.request("PATCH", `${path}/${endpoint.id}`, { body: { enabled: false } });
    await page.getByRole("button", { name: "Enable" }).click({ timeout: 20_000 });
    await page.getByText("Healthy", { exact: true }).waitFor();
    expect(faults).toEqual([]);
    await close();
  }, 60_000);

  test("rotates a live integration's signing secret, shows what the old one is used for, and retires it", async () => {
    const credentials = { webhookSecret: "whsec_the-first-secret" };
    const { id } = (await platform.request("POST", "/v1/tenants/globex/integrations", { body: { provider: "stripe", mode: "live", credentials } })).body;
    const { page, faults, close } = await openPage();
    await page.goto(consoleUrl("/t/globex/integrations"));
    await signIn(page);
    await page.getByRole("button", { name: "Rotate credentials (Stripe)" }).click();
    await page.getByLabel("Webhook secret", { exact: true }).fill("whsec_the-second-secret-9876");
    await expectAccessible(page, "rotate credentials");
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText("Not used since it was replaced").waitFor();
    await page.getByText("…9876").waitFor();
    await page.getByRole("button", { name: "Retire now" }).click();
    // The question has come to rest when it has the focus.
    await page.locator("button:focus", { hasText: "Keep it" }).waitFor();
    await page.getByRole("button", { name: "Retire", exact: true }).click();
    await page.getByText("Not used since it was replaced").waitFor({ state: "detached" });
    expect((await platform.request("GET", `/v1/tenants/globex/integrations/${id}`)).body.rotation).toEqual([]);
    expect(faults).toEqual([]);
    await close();
  }, 60_000);

  test("shows who changed what, filters it, and says whether the log is whole", async () => {
    expect((await platform.request("POST", "/v1/tenants", { body: { id: "initech", name: "Initech" } })).status).toBe(201);
    await platform.request("PATCH", "/v1/tenants/initech", { body: { name: "<script>Initech</script>" } });
    const { page, faults, close } = await openPage();
    await page.goto(consoleUrl("/t/initech/audit-log"));
    await signIn(page);
    await page.getByText("tenant.created").waitFor();
    await page.getByText("What changed").first().click();
    await page.getByText("<script>Initech</script>").first().waitFor();
    await expectAccessible(page, "audit log");
    await page.getByLabel("Action").fill("tenant.updated");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("tenant.created").waitFor({ state: "detached" });
    await page.getByRole("cell", { name: "tenant.updated" }).waitFor();

    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.getByText("The chain is whole: 2 entries.").waitFor();
    const client = await platform.owner.connect();
    await client.query("BEGIN; SET LOCAL session_replication_role = replica; UPDATE audit_entry SET action = 'tenant.praised' WHERE tenant_id = 'initech' AND position = 1; COMMIT");
    client.release();
    const [{ id }] = (await platform.request("GET", "/v1/tenants/initech/audit-log?action=tenant.praised")).body.data;
    await page.getByRole("button", { name: "Verify the chain" }).click();
    await page.getByText(`The chain is broken: the entry ${id} is not as it was written.`).waitFor();
    await expectAccessible(page, "broken audit log");
    expect(faults).toEqual([]);
    await close();
  }, 60_000);

  test("says that an endpoint is degraded, and when it is tried next", async () => {
    const url = `${platform.sandboxUrl}/echo/broken`;
    await fetch(`${platform.sandboxUrl}/_control/echo/broken`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: 503 }) });
    const { id } = (await platform.request("POST", "/v1/tenants/globex/webhook-endpoints", { body: { url, eventTypes: ["invoice.paid"] } })).body;
    const publish = () => platform.request("POST", "/v1/tenants/globex/events", { body: { type: "invoice.paid", payload: {} } });
    await until("the breaker", async () => (await publish(), (await platform.request("GET", `/v1/tenants/globex/webhook-endpoints/${id}`)).body.status), (status) => status === "degraded");
    const { page, faults, close } = await openPage();
    await page.goto(consoleUrl(`/t/globex/endpoints/${id}`));
    await signIn(page);
    await page.getByText("The endpoint does not take deliveries; they are held").waitFor();
    await page.getByText("Next try:").waitFor();
    await expectAccessible(page, "degraded endpoint");
    await fetch(`${platform.sandboxUrl}/_control/echo/broken`, { method: "DELETE" });
    await page.getByRole("button", { name: "Try it now" }).click();
    await page.getByText("Healthy", { exact: true }).waitFor({ timeout: 20_000 });
    expect(faults).toEqual([]);
    await close();
  }, 60_000);
});

const consoleUrl = (path: string) => `${platform.apiUrl}/console${path}`;

async function signIn(page: Page): Promise<void> {
  await page.getByLabel("API key").fill(platform.adminKey);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function fillVerification(page: Page): Promise<void> {
  await page.getByLabel("First name").fill("Jane");
  await page.getByLabel("Last name").fill("Doe");
  await page.getByLabel("E-mail").fill("jane+approve@example.test");
  await page.getByRole("combobox", { name: "Country" }).or(page.getByLabel("Country")).first().fill("France");
  await page.getByRole("option", { name: "France", exact: true }).click();
}

const openPage = () => openPageIn(browser);

/** No violation of any of axe's rules, in light and in dark. */
async function expectAccessible(page: Page, view: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${view}, ${colorScheme}: ${id} at ${nodes.map((node) => node.target.join(" ")).join(" | ")}`);
    expect(found).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "light" });
}
