import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { docusignWebhook } from "./webhook.ts";

const body = Buffer.from('{"event":"envelope-completed"}');
const mac = (key: string) => createHmac("sha256", key).update(body).digest("base64");

function reasonOf(headers: Record<string, string | string[]>): string {
  const verdict = docusignWebhook.verify({ method: "POST", url: "https://h.test/", headers, body }, { credentials: [{ hmacKey: "key" }], settings: {}, now: new Date() });
  return verdict.ok ? "accepted" : verdict.reason;
}

const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-docusign-signature-${i + 1}`, mac(i === count - 1 ? "key" : "other")]));

it("accepts a signature in any of its headers, up to twenty of them", () => {
  for (const count of [1, 2, 20]) expect(reasonOf(many(count))).toBe("accepted");
  expect(reasonOf(many(21))).toBe("signature_malformed");
});

it("refuses a header sent twice, beside a good one too, and headers of another name", () => {
  expect(reasonOf({ ...many(1), "x-docusign-signature-2": [mac("key"), mac("key")] })).toBe("signature_malformed");
  expect(reasonOf({ "x-docusign-signature": mac("key"), "x-docusign-signature-x": mac("key") })).toBe("signature_missing");
});
