import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { DocusignCredentials, DocusignSettings } from "./manifest.ts";

export const docusignSandbox: ReceivingProvider<DocusignSettings, DocusignCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ hmacKey: derive("hmac") }),
  exampleWebhook({ credentials, now, type = "envelope-completed", body }) {
    const event = { event: type, configurationId: 1, generatedDateTime: now.toISOString(), data: { accountId: "a1", envelopeId: "6b0cff6d-1def-40c3-9684-1587c8fcaa2c" } };
    const bytes = body ?? Buffer.from(JSON.stringify(event));
    const signature = createHmac("sha256", credentials.hmacKey).update(bytes).digest("base64");
    const headers = { "content-type": "application/json; charset=utf-8", "x-docusign-signature-1": signature };
    return { method: "POST", url: "https://hooks.example.test/webhooks/docusign/example", headers, body: bytes };
  },
};
