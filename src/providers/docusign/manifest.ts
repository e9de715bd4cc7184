import { z } from "zod";
import type { ReceivingManifest } from "../contract.ts";

const docusignSettings = z.strictObject({
  accountId: z.string().trim().max(200).optional().meta({ title: "Account id", description: "The API account id (a GUID), as the webhooks name it. Webhooks of another account are refused; empty for any." }),
});
export type DocusignSettings = z.output<typeof docusignSettings>;

const docusignCredentials = z.strictObject({
  hmacKey: z.string().trim().min(1).max(500).meta({
    title: "Connect HMAC key",
    description: "Made under Settings, Connect, Connect Keys; shown once.",
    secret: true,
  }),
});
export type DocusignCredentials = z.output<typeof docusignCredentials>;

export const docusignManifest: ReceivingManifest<DocusignSettings, DocusignCredentials> = {
  slug: "docusign",
  name: "DocuSign",
  category: "e_signature",
  capabilities: [],
  auth: "jwt_grant",
  docs: {
    api: "https://developers.docusign.com/docs/esign-rest-api/reference/",
    webhooks: "https://developers.docusign.com/platform/webhooks/connect/validate/",
  },
  settings: docusignSettings,
  credentials: docusignCredentials,
  webhookSetup:
    "Add a Connect configuration in DocuSign's settings with the webhook URL of the integration and HMAC signatures, and enter one of the Connect keys here.",
};
