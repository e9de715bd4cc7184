import { defineProvider } from "../contract.ts";
import { indeedManifest } from "./manifest.ts";
import { indeedSandbox } from "./sandbox.ts";
import { indeedWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const indeed = defineProvider({ manifest: indeedManifest, webhook: indeedWebhook, sandbox: indeedSandbox });
