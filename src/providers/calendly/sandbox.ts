import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { CalendlyCredentials, CalendlySettings } from "./manifest.ts";

export const calendlySandbox: ReceivingProvider<CalendlySettings, CalendlyCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookSigningKey: derive("webhook") }),
  exampleWebhook({ credentials, now, type = "invitee.created", body }) {
    const time = Math.floor(now.getTime() / 1000);
    const payload = { uri: "https://api.calendly.com/scheduled_events/A/invitees/B", status: "active" };
    const bytes = body ?? Buffer.from(JSON.stringify({ event: type, created_at: now.toISOString(), payload }));
    const signed = Buffer.concat([Buffer.from(`${time}.`), bytes]);
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/calendly/example",
      headers: {
        "content-type": "application/json",
        "calendly-webhook-signature": `t=${time},v1=${createHmac("sha256", credentials.webhookSigningKey).update(signed).digest("hex")}`,
      },
      body: bytes,
    };
  },
};
