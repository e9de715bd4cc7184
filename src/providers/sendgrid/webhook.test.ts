import { generateKeyPairSync, sign } from "node:crypto";
import { expect, it } from "vitest";
import { sendgridWebhook } from "./webhook.ts";

const body = Buffer.from('[{"event":"delivered","sg_event_id":"a","sg_message_id":"m.filter1","timestamp":1768478400}]\r\n');
const time = "1768478400";

function pair(namedCurve: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return { privateKey, key: publicKey.export({ format: "der", type: "spki" }).toString("base64") };
}

function reasonOf(key: string, signature: Buffer | string): string {
  const header = typeof signature === "string" ? signature : signature.toString("base64");
  const headers = { "x-twilio-email-event-webhook-signature": header, "x-twilio-email-event-webhook-timestamp": time };
  const verdict = sendgridWebhook.verify({ method: "POST", url: "https://h.test/", headers, body }, { credentials: [{ webhookPublicKey: key }], settings: {}, now: new Date(Number(time) * 1000) });
  return verdict.ok ? "accepted" : verdict.reason;
}

const p256 = pair("prime256v1");
const good = sign("sha256", Buffer.concat([Buffer.from(time), body]), p256.privateKey);

it("accepts a signature of the curve P-256 and of no other", () => {
  expect(reasonOf(p256.key, good)).toBe("accepted");
  const sameSize = pair("secp256k1");
  expect(reasonOf(sameSize.key, sign("sha256", Buffer.concat([Buffer.from(time), body]), sameSize.privateKey))).toBe("algorithm_not_allowed");
  expect(reasonOf(pair("secp384r1").key, good)).toBe("algorithm_not_allowed");
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  expect(reasonOf(rsa.publicKey.export({ format: "der", type: "spki" }).toString("base64"), good)).toBe("algorithm_not_allowed");
});

it.each([
  ["r and s of zero", Buffer.from("3006020100020100", "hex")],
  ["r and s of one", Buffer.from("3006020101020101", "hex")],
  ["an empty sequence", Buffer.from("3000", "hex")],
  ["bytes behind the sequence", Buffer.concat([good, Buffer.from([0])])],
  ["a part of it", good.subarray(0, 31)],
  ["the raw pair instead of DER", sign("sha256", Buffer.concat([Buffer.from(time), body]), { key: p256.privateKey, dsaEncoding: "ieee-p1363" })],
])("rejects a signature with %s", (_name, signature) => {
  expect(reasonOf(p256.key, signature)).toBe("signature_mismatch");
});

it("rejects another spelling of the right signature", () => {
  const text = good.toString("base64");
  for (const other of [text.replace(/=*$/, ""), `${text}=`, ` ${text}`, text.replaceAll("+", "-").replaceAll("/", "_").concat("-"), `${text}\n`]) {
    if (other !== text) expect(reasonOf(p256.key, other), other).toBe("signature_malformed");
  }
});

it("rejects everything when the key is no key", () => {
  for (const key of ["x", "AAAA", `${p256.key} `, "-----BEGIN PUBLIC KEY-----"]) expect(reasonOf(key, good)).toBe("algorithm_not_allowed");
});
