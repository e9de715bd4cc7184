import { defineProvider } from "../contract.ts";
import { twilioManifest } from "./manifest.ts";
import { twilioSandbox } from "./sandbox.ts";
import { twilioWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const twilio = defineProvider({ manifest: twilioManifest, webhook: twilioWebhook, sandbox: twilioSandbox });
