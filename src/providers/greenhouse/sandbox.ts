import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { GreenhouseCredentials, GreenhouseSettings } from "./manifest.ts";

export const greenhouseSandbox: ReceivingProvider<GreenhouseSettings, GreenhouseCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookSecret: derive("webhook").slice(0, 32) }),
  exampleWebhook({ credentials, type = "hire_candidate", body }) {
    const bytes = body ?? Buffer.from(JSON.stringify({ action: type, payload: { application: { id: 46194062, status: "hired" } } }));
    const signature = `sha256 ${createHmac("sha256", credentials.webhookSecret).update(bytes).digest("hex")}`;
    return { method: "POST", url: "https://hooks.example.test/webhooks/greenhouse/example", headers: { "content-type": "application/json", signature }, body: bytes };
  },
};
