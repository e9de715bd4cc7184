import { defineProvider } from "../contract.ts";
import { dropboxSignManifest } from "./manifest.ts";
import { dropboxSignSandbox } from "./sandbox.ts";
import { dropboxSignWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const dropboxSign = defineProvider({ manifest: dropboxSignManifest, webhook: dropboxSignWebhook, sandbox: dropboxSignSandbox });
