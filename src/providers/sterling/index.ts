import { defineProvider } from "../contract.ts";
import { sterlingManifest } from "./manifest.ts";
import { sterlingSandbox } from "./sandbox.ts";
import { sterlingWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const sterling = defineProvider({ manifest: sterlingManifest, webhook: sterlingWebhook, sandbox: sterlingSandbox });
