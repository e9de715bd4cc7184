import { defineProvider } from "../contract.ts";
import { checkrManifest } from "./manifest.ts";
import { checkrSandbox } from "./sandbox.ts";
import { checkrWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const checkr = defineProvider({ manifest: checkrManifest, webhook: checkrWebhook, sandbox: checkrSandbox });
