import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const launchArgs = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync",
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: launchArgs });
}

/** Runs in the page. */
const reportPolicyViolations = `document.addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI);
});`;

export interface OpenPage {
  page: Page;
  /** Everything that the browser complains of, violations of the content security policy included. */
  faults: string[];
  close(): Promise<void>;
}

/** A page of its own session. */
export async function openPageIn(browser: Browser): Promise<OpenPage> {
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
