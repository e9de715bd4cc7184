import { defineProvider } from "../contract.ts";
import { bamboohrManifest } from "./manifest.ts";
import { bamboohrSandbox } from "./sandbox.ts";
import { bamboohrWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const bamboohr = defineProvider({ manifest: bamboohrManifest, webhook: bamboohrWebhook, sandbox: bamboohrSandbox });
