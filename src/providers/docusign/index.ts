import { defineProvider } from "../contract.ts";
import { docusignManifest } from "./manifest.ts";
import { docusignSandbox } from "./sandbox.ts";
import { docusignWebhook } from "./webhook.ts";

/** Only its webhooks so far. */
export const docusign = defineProvider({ manifest: docusignManifest, webhook: docusignWebhook, sandbox: docusignSandbox });
