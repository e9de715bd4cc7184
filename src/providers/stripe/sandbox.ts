import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { StripeCredentials, StripeSettings } from "./manifest.ts";

export const stripeSandbox: ReceivingProvider<StripeSettings, StripeCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookSecret: `whsec_${derive("webhook").slice(0, 32)}` }),
  exampleWebhook({ credentials, now, type = "payment_intent.succeeded", body }) {
    const created = Math.floor(now.getTime() / 1000);
    const event = { id: "evt_1", object: "event", created, livemode: false, type, data: { object: { id: "pi_1", object: "payment_intent", status: "succeeded" } } };
    const bytes = body ?? Buffer.from(JSON.stringify(event));
    const v1 = createHmac("sha256", credentials.webhookSecret).update(Buffer.concat([Buffer.from(`${created}.`), bytes])).digest("hex");
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/stripe/example",
      headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": `t=${created},v1=${v1}` },
      body: bytes,
    };
  },
};
