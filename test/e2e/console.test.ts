import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildConsoleIfStale } from "../../console/build.ts";
import { startPlatform } from "../support/platform.ts";

/** The console in a real browser against the real platform: API, workers, Temporal, Postgres and the provider sandbox. */

const tenant = { id: "acme", name: "Acme GmbH" };
const launchArgs = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync",
];

let platform: Awaited<ReturnType<typeof startPlatform>>;
let browser: Browser;

beforeAll(async () => {
  [platform, browser] = await Promise.all([
    buildConsoleIfStale().then(() => startPlatform({ stepMs: 50 })),
    chromium.launch({ executablePath: findChromium(), args: launchArgs }),
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

/** Runs in the page. */
const reportPolicyViolations = `document.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI);
});`;

/** A page of its own session, with everything the browser complains of, violations of the content security policy included. */
async function openPage() {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light", reducedMotion: "reduce" });
  await context.addInitScript({ content: reportPolicyViolations });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`${message.text()} ${message.location().url}`);
  });
  return { page, faults, close: () => context.close() };
}

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

function findChromium(): string {
  const named = process.env["CHROMIUM_PATH"];
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const onPath = folders.flatMap((folder) => ["chromium", "google-chrome"].map((name) => join(folder, name)));
  const candidates = [...(named ? [named] : []), "/usr/bin/chromium", ...onPath];
  const found = candidates.find((path) => canRun(path));
  if (found === undefined) throw new Error("No Chromium found. Set CHROMIUM_PATH to one.");
  return found;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
