import type { ReceivingProvider } from "../contract.ts";
import type { PapayaCredentials, PapayaSettings } from "./manifest.ts";

export const papayaSandbox: ReceivingProvider<PapayaSettings, PapayaCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ callbackSecret: derive("callback") }),
  exampleWebhook({ credentials, now, type = "payment", body }) {
    const bytes = body ?? Buffer.from(JSON.stringify({ type, id: "p1", status: "COMPLETED", updatedAt: now.toISOString() }));
    const url = `https://hooks.example.test/webhooks/papaya/example/${credentials.callbackSecret}`;
    return { method: "POST", url, headers: { "content-type": "application/json" }, body: bytes, pathSecret: credentials.callbackSecret };
  },
};
