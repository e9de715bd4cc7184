import type { ReceivingProvider } from "../contract.ts";
import type { SterlingCredentials, SterlingSettings } from "./manifest.ts";

export const sterlingSandbox: ReceivingProvider<SterlingSettings, SterlingCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ callbackSecret: derive("callback") }),
  exampleWebhook({ credentials, now, type = "screening", body }) {
    const bytes = body ?? Buffer.from(JSON.stringify({ type, payload: { id: "s1", status: "complete", updatedAt: now.toISOString() } }));
    const url = `https://hooks.example.test/webhooks/sterling/example/${credentials.callbackSecret}`;
    return { method: "POST", url, headers: { "content-type": "application/json" }, body: bytes, pathSecret: credentials.callbackSecret };
  },
};
