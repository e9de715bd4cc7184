import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { LinkedinCredentials, LinkedinSettings } from "./manifest.ts";

export const linkedinSandbox: ReceivingProvider<LinkedinSettings, LinkedinCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ clientSecret: derive("client").slice(0, 32) }),
  exampleWebhook({ credentials, type = "JOB_APPLICATION", body }) {
    const bytes = body ?? Buffer.from(JSON.stringify({ type, notifications: [] }));
    const signed = Buffer.concat([Buffer.from("hmacsha256="), bytes]);
    const headers = { "content-type": "application/json", "x-li-signature": createHmac("sha256", credentials.clientSecret).update(signed).digest("hex") };
    return { method: "POST", url: "https://hooks.example.test/webhooks/linkedin/example", headers, body: bytes };
  },
};
