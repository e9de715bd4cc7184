import { defineProvider } from "../contract.ts";
import { linkedinManifest } from "./manifest.ts";
import { linkedinSandbox } from "./sandbox.ts";
import { linkedinWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const linkedin = defineProvider({ manifest: linkedinManifest, webhook: linkedinWebhook, sandbox: linkedinSandbox });
