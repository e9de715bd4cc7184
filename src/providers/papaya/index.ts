import { defineProvider } from "../contract.ts";
import { papayaManifest } from "./manifest.ts";
import { papayaSandbox } from "./sandbox.ts";
import { papayaWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const papaya = defineProvider({ manifest: papayaManifest, webhook: papayaWebhook, sandbox: papayaSandbox });
