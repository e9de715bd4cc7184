import { defineProvider } from "../contract.ts";
import { sendgridManifest } from "./manifest.ts";
import { sendgridSandbox } from "./sandbox.ts";
import { sendgridWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const sendgrid = defineProvider({ manifest: sendgridManifest, webhook: sendgridWebhook, sandbox: sendgridSandbox });
