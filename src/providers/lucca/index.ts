import { defineProvider } from "../contract.ts";
import { luccaManifest } from "./manifest.ts";
import { luccaSandbox } from "./sandbox.ts";
import { luccaWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const lucca = defineProvider({ manifest: luccaManifest, webhook: luccaWebhook, sandbox: luccaSandbox });
