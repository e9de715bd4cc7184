import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { ZoomCredentials, ZoomSettings } from "./manifest.ts";

export const zoomSandbox: ReceivingProvider<ZoomSettings, ZoomCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookSecretToken: derive("webhook").slice(0, 22) }),
  exampleWebhook({ credentials, now, type = "meeting.started", body }) {
    const time = Math.floor(now.getTime() / 1000);
    const event = { event: type, event_ts: now.getTime(), payload: { account_id: "A", object: { id: "1234567890", uuid: "4444AAAiAAAAAiAiAiiAii==" } } };
    const bytes = body ?? Buffer.from(JSON.stringify(event));
    const signature = createHmac("sha256", credentials.webhookSecretToken).update(Buffer.concat([Buffer.from(`v0:${time}:`), bytes])).digest("hex");
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/zoom/example",
      headers: { "content-type": "application/json", "x-zm-request-timestamp": String(time), "x-zm-signature": `v0=${signature}` },
      body: bytes,
    };
  },
};
