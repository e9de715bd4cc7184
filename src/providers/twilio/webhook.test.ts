import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { RawWebhook } from "../contract.ts";
import { twilioWebhook } from "./webhook.ts";

const url = "https://h.test/webhooks/twilio/int_1";
const sign = (text: string) => createHmac("sha1", "12345").update(text).digest("base64");
const raw = (body: string, signature: string, at = url): RawWebhook => ({ method: "POST", url: at, headers: { "x-twilio-signature": signature }, body: Buffer.from(body) });

function verify(webhook: RawWebhook) {
  return twilioWebhook.verify(webhook, { credentials: [{ authToken: "12345" }], settings: {}, now: new Date() });
}

function parse(webhook: RawWebhook) {
  const verdict = verify(webhook);
  if (!verdict.ok) throw new Error(verdict.reason);
  return twilioWebhook.parse(verdict.webhook);
}

describe("a form", () => {
  const signature = sign(`${url}MessageSidSM1MessageStatusdelivered`);

  it("is read, in any order of its fields", () => {
    for (const body of ["MessageSid=SM1&MessageStatus=delivered", "MessageStatus=delivered&MessageSid=SM1"]) {
      expect(parse(raw(body, signature))).toMatchObject([{ type: "delivered", about: { kind: "message", reference: "SM1" } }]);
    }
  });

  it("brings nothing new when the same signed text is cut into other fields", () => {
    // Twilio's scheme cannot tell them apart, so their news must have one name.
    const [news] = parse(raw("MessageSid=SM1&MessageStatus=delivered", signature));
    const [recut] = parse(raw("MessageSid=SM1MessageStatusdelivered", signature));
    expect(recut?.externalId).toBe(news?.externalId);
  });

  it("is refused under another address", () => {
    for (const at of [`${url}2`, `${url}?a=1`, "https://other.test/webhooks/twilio/int_1", "http://h.test/webhooks/twilio/int_1"]) {
      expect(verify(raw("MessageSid=SM1&MessageStatus=delivered", signature, at)).ok, at).toBe(false);
    }
  });

  it("is refused as malformed, not as an error, with 10,000 fields", () => {
    const body = Array.from({ length: 10_000 }, (_, i) => `f${i}=`).join("&");
    const signed = sign(`${url}${Array.from({ length: 10_000 }, (_, i) => `f${i}`).toSorted().join("")}`);
    expect(() => parse(raw(body, signed))).toThrow("more than 1000 fields");
  });
});

describe("JSON", () => {
  const body = '[{"id":"e1","type":"com.twilio.x"}]';
  const digest = createHash("sha256").update(body).digest("hex");

  it("is read when the address holds its digest", () => {
    const at = `${url}?bodySHA256=${digest}`;
    expect(parse(raw(body, sign(at), at))).toMatchObject([{ externalId: "e1", type: "com.twilio.x" }]);
  });

  it("is refused with another digest, in another spelling, or twice", () => {
    for (const query of [`bodySHA256=${"0".repeat(64)}`, `bodySHA256=${digest.toUpperCase()}`, "bodySHA256=", `bodySHA256=${digest}&bodySHA256=${digest}`]) {
      const at = `${url}?${query}`;
      expect(verify(raw(body, sign(at), at)).ok, query).toBe(false);
    }
  });
});
