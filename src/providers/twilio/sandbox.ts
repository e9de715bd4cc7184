import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { TwilioCredentials, TwilioSettings } from "./manifest.ts";

export const twilioSandbox: ReceivingProvider<TwilioSettings, TwilioCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ authToken: derive("token").slice(0, 32) }),
  exampleWebhook({ credentials, type = "delivered", body }) {
    const url = "https://hooks.example.test/webhooks/twilio/example";
    const bytes = body ?? Buffer.from(new URLSearchParams({ AccountSid: "AC1", ApiVersion: "2010-04-01", MessageSid: "SM1", MessageStatus: type, To: "+15005550006" }).toString());
    const fields = [...new Map([...new URLSearchParams(bytes.toString("utf8"))].map((pair) => [pair.join("\n"), pair])).values()];
    const signed = fields.toSorted(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1)).map(([name, value]) => `${name}${value}`).join("");
    const signature = createHmac("sha1", credentials.authToken).update(`${url}${signed}`).digest("base64");
    return { method: "POST", url, headers: { "content-type": "application/x-www-form-urlencoded", "x-twilio-signature": signature }, body: bytes };
  },
};
