import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { SlackCredentials, SlackSettings } from "./manifest.ts";

export const slackSandbox: ReceivingProvider<SlackSettings, SlackCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ signingSecret: derive("signing").slice(0, 32) }),
  exampleWebhook({ credentials, now, type = "app_mention", body }) {
    const time = Math.floor(now.getTime() / 1000);
    const event = { type: "event_callback", team_id: "T1", event_id: "Ev1", event_time: time, event: { type, user: "U1", channel: "C1" } };
    const bytes = body ?? Buffer.from(JSON.stringify(event));
    const signature = createHmac("sha256", credentials.signingSecret).update(Buffer.concat([Buffer.from(`v0:${time}:`), bytes])).digest("hex");
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/slack/example",
      headers: { "content-type": "application/json", "x-slack-request-timestamp": String(time), "x-slack-signature": `v0=${signature}` },
      body: bytes,
    };
  },
};
