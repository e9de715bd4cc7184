import { defineProvider } from "../contract.ts";
import { googleManifest } from "./manifest.ts";
import { googleSandbox } from "./sandbox.ts";
import { googleWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const google = defineProvider({ manifest: googleManifest, webhook: googleWebhook, sandbox: googleSandbox });
