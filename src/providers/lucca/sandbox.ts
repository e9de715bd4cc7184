import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { LuccaCredentials, LuccaSettings } from "./manifest.ts";

export const luccaSandbox: ReceivingProvider<LuccaSettings, LuccaCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookSecret: derive("webhook") }),
  exampleWebhook({ credentials, now, type = "employee.updated", body }) {
    const time = now.toISOString();
    const bytes = body ?? Buffer.from(JSON.stringify({ id: "evt-1", topic: type, data: { id: "42" } }));
    const signature = createHmac("sha256", credentials.webhookSecret).update(Buffer.concat([Buffer.from(`${time}.`), bytes])).digest("base64");
    const headers = { "content-type": "application/json", "lucca-timestamp": time, "lucca-signature": signature };
    return { method: "POST", url: "https://hooks.example.test/webhooks/lucca/example", headers, body: bytes };
  },
};
