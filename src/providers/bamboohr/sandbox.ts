import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { BamboohrCredentials, BamboohrSettings } from "./manifest.ts";

export const bamboohrSandbox: ReceivingProvider<BamboohrSettings, BamboohrCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookPrivateKey: derive("webhook").slice(0, 32) }),
  exampleWebhook({ credentials, now, type = "employee.updated", body }) {
    const time = String(Math.floor(now.getTime() / 1000));
    const bytes = body ?? Buffer.from(JSON.stringify({ type, timestamp: now.toISOString(), data: { companyId: "c1", employeeId: "5", changedFields: ["firstName"] } }));
    const signature = createHmac("sha256", credentials.webhookPrivateKey).update(Buffer.concat([bytes, Buffer.from(time)])).digest("hex");
    const headers = { "content-type": "application/json", "x-bamboohr-timestamp": time, "x-bamboohr-signature": signature };
    return { method: "POST", url: "https://hooks.example.test/webhooks/bamboohr/example", headers, body: bytes };
  },
};
