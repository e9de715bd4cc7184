import { defineProvider } from "../contract.ts";
import { zoomManifest } from "./manifest.ts";
import { zoomSandbox } from "./sandbox.ts";
import { zoomWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const zoom = defineProvider({ manifest: zoomManifest, webhook: zoomWebhook, sandbox: zoomSandbox });
