import { defineProvider } from "../contract.ts";
import { onfidoManifest } from "./manifest.ts";
import { onfidoSandbox } from "./sandbox.ts";
import { onfidoWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const onfido = defineProvider({ manifest: onfidoManifest, webhook: onfidoWebhook, sandbox: onfidoSandbox });
