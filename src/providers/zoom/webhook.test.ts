import { createHmac } from "node:crypto";
import { expect, it } from "vitest";
import { zoomWebhook } from "./webhook.ts";

const input = { credentials: [{ webhookSecretToken: "token" }], settings: {}, now: new Date(1768478400_000) };
const hmac = (text: string, key = "token") => createHmac("sha256", key).update(text).digest("hex");

function ask(plainToken: unknown, headers: Record<string, string> = {}) {
  const body = Buffer.from(JSON.stringify({ event: "endpoint.url_validation", payload: { plainToken } }));
  return zoomWebhook.handshake?.({ method: "POST", url: "https://h.test/", headers, body }, input) ?? null;
}

function signed(plainToken: string, key?: string): Record<string, string> {
  const body = JSON.stringify({ event: "endpoint.url_validation", payload: { plainToken } });
  return { "x-zm-request-timestamp": "1768478400", "x-zm-signature": `v0=${hmac(`v0:1768478400:${body}`, key)}` };
}

it("answers a validation, signed or not, with the token's MAC", () => {
  const answer = { ok: true, answer: { body: JSON.stringify({ plainToken: "abc", encryptedToken: hmac("abc") }) } };
  expect(ask("abc")).toMatchObject(answer);
  expect(ask("abc", signed("abc"))).toMatchObject(answer);
});

it("refuses a validation with another's signature", () => {
  expect(ask("abc", signed("abc", "another"))).toEqual({ ok: false, reason: "signature_mismatch" });
  expect(ask("abc", { "x-zm-signature": "v0=" })).toMatchObject({ ok: false });
});

it("never signs what could be an event", () => {
  for (const token of ["v0:1768478400:{}", "v0:", "", " ", "a b", "x".repeat(65)]) expect(ask(token), token).toMatchObject({ ok: false });
  expect(ask(42)).toBeNull();
});

it("answers nothing without a secret", () => {
  const body = Buffer.from('{"event":"endpoint.url_validation","payload":{"plainToken":"abc"}}');
  expect(zoomWebhook.handshake?.({ method: "POST", url: "https://h.test/", headers: {}, body }, { ...input, credentials: [] })).toEqual({ ok: false, reason: "no_secret" });
});
