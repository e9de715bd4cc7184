import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { stripeWebhook } from "./webhook.ts";

const body = Buffer.from('{"id":"evt_1","type":"payout.paid","created":1768478400}');
const time = 1768478400;
const now = new Date(time * 1000);
const mac = (at: number | string) => createHmac("sha256", "whsec_a").update(`${at}.${body.toString()}`).digest("hex");

function reasonOf(header: string | string[], secrets = ["whsec_a"]): string {
  const verdict = stripeWebhook.verify(
    { method: "POST", url: "https://h.test/", headers: { "stripe-signature": header }, body },
    { credentials: secrets.map((webhookSecret) => ({ webhookSecret })), settings: {}, now },
  );
  return verdict.ok ? "accepted" : verdict.reason;
}

describe("Stripe-Signature", () => {
  it.each([
    ["the time behind the signature", `v1=${mac(time)},t=${time}`, "accepted"],
    ["a wrong signature before the right one", `t=${time},v1=${"0".repeat(64)},v1=${mac(time)}`, "accepted"],
    ["twenty items", `t=${time}${`,v1=${"0".repeat(64)}`.repeat(18)},v1=${mac(time)}`, "accepted"],
    ["twenty-one items", `t=${time}${`,v1=${"0".repeat(64)}`.repeat(19)},v1=${mac(time)}`, "signature_malformed"],
    ["a thousand items", `t=${time}${`,v1=${"0".repeat(64)}`.repeat(998)},v1=${mac(time)}`, "signature_malformed"],
    ["the time twice", `t=${time},t=${time},v1=${mac(time)}`, "signature_malformed"],
    ["a time with letters behind, signed so", `t=${time}abc,v1=${mac(`${time}abc`)}`, "signature_malformed"],
    ["a time in milliseconds, signed so", `t=${time}000,v1=${mac(`${time}000`)}`, "signature_malformed"],
    ["a scheme in upper case", `t=${time},V1=${mac(time)}`, "signature_malformed"],
    ["no time", `v1=${mac(time)}`, "timestamp_missing"],
    ["upper-case hex", `t=${time},v1=${mac(time).toUpperCase()}`, "signature_malformed"],
    ["a part of the signature", `t=${time},v1=${mac(time).slice(0, 62)}`, "signature_malformed"],
    ["301 seconds ahead", `t=${time + 301},v1=${mac(time + 301)}`, "timestamp_stale"],
    ["299 seconds ahead", `t=${time + 299},v1=${mac(time + 299)}`, "accepted"],
  ])("with %s", (_name, header, outcome) => {
    expect(reasonOf(header)).toBe(outcome);
  });

  it("passes with the old secret while two are valid, and not once it is retired", () => {
    expect(reasonOf(`t=${time},v1=${mac(time)}`, ["whsec_new", "whsec_a"])).toBe("accepted");
    expect(reasonOf(`t=${time},v1=${mac(time)}`, ["whsec_new"])).toBe("signature_mismatch");
  });
});
