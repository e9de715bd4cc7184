import { createECDH, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { SendgridCredentials, SendgridSettings } from "./manifest.ts";

export const sendgridSandbox: ReceivingProvider<SendgridSettings, SendgridCredentials>["sandbox"] = {
  credentials: ({ derive }) => {
    const publicKey = createPublicKey(privateKeyFrom(derive("webhook")));
    return { webhookPublicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64") };
  },
  exampleWebhook({ now, type = "delivered", body, derive }) {
    const time = String(Math.floor(now.getTime() / 1000));
    const event = { email: "jane@example.test", event: type, sg_event_id: "ZXZlbnQtMQ", sg_message_id: "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-1", timestamp: Number(time) };
    const bytes = body ?? Buffer.from(`${JSON.stringify([event])}\r\n`);
    const signature = sign("sha256", Buffer.concat([Buffer.from(time), bytes]), privateKeyFrom(derive("webhook"))).toString("base64");
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/sendgrid/example",
      headers: { "content-type": "application/json", "x-twilio-email-event-webhook-timestamp": time, "x-twilio-email-event-webhook-signature": signature },
      body: bytes,
    };
  },
};

/** The same pair each time: the number is made from what is derived for the account. */
function privateKeyFrom(hex: string): KeyObject {
  const d = Buffer.from(`00${hex.slice(2)}`, "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const text = (bytes: Buffer): string => bytes.toString("base64url");
  return createPrivateKey({ format: "jwk", key: { kty: "EC", crv: "P-256", d: text(d), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) } });
}
