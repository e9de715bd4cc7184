import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { CheckrCredentials, CheckrSettings } from "./manifest.ts";

export const checkrSandbox: ReceivingProvider<CheckrSettings, CheckrCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookKey: derive("key").slice(0, 40) }),
  exampleWebhook({ credentials, now, type = "report.completed", body }) {
    const event = { id: "e1", object: "event", type, created_at: now.toISOString(), data: { object: { id: "r1", object: "report", status: "complete" } } };
    const bytes = body ?? Buffer.from(JSON.stringify(event));
    const signature = createHmac("sha256", credentials.webhookKey).update(bytes).digest("hex");
    const headers = { "content-type": "application/json", "x-checkr-signature": signature };
    return { method: "POST", url: "https://hooks.example.test/webhooks/checkr/example", headers, body: bytes };
  },
};
