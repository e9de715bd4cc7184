import { expect, test } from "vitest";
import { rejected, verified, type ProviderWebhook, type RawWebhook } from "../providers/contract.ts";
import { validSets, verifyWithEach, type SecretSet } from "./verify-with-each.ts";

const now = new Date("2026-11-25T12:00:00Z");
const later = new Date(now.getTime() + 1);
const raw = (secret: string): RawWebhook => ({ method: "POST", url: "https://hr.example/webhooks/x/int_1", headers: { secret }, body: Buffer.alloc(0) });

/** The secret itself is the signature; it keeps what it was given. */
function fakeWebhook(asked: unknown[][] = []): Pick<ProviderWebhook, "verify"> {
  return {
    verify: (webhook, { credentials }) => {
      asked.push(credentials);
      if (credentials.length === 0) return rejected("no_secret");
      return credentials.includes(webhook.headers["secret"]) ? verified(webhook) : rejected(credentials[0] === "current" ? "signature_mismatch" : "algorithm_not_allowed");
    },
  };
}

const sets: SecretSet[] = [
  { credentials: "current", formerId: null, validUntil: null },
  { credentials: "newer", formerId: "sec_2", validUntil: later },
  { credentials: "older", formerId: "sec_1", validUntil: later },
  { credentials: "ended", formerId: "sec_0", validUntil: now },
];
const match = (secret: string, webhook = fakeWebhook(), of: readonly SecretSet[] = sets) => verifyWithEach(webhook, raw(secret), { sets: of, settings: {}, now });

test("says which set matched, and asks no further", () => {
  const asked: unknown[][] = [];
  expect([match("current", fakeWebhook(asked)).formerId, asked]).toEqual([null, [["current"]]]);
  expect([match("newer").formerId, match("older").formerId]).toEqual(["sec_2", "sec_1"]);
  expect([match("current"), match("older")].every(({ verdict }) => verdict.ok)).toBe(true);
});

test("a set whose overlap has ended verifies nothing, also when it was read while it was valid", () => {
  expect(match("ended")).toEqual({ verdict: { ok: false, reason: "signature_mismatch" }, formerId: null });
  expect(validSets(sets, later)).toEqual([sets[0]]);
});

test("what no set accepts is refused for the current set's reason; without any set everything is", () => {
  expect(match("another").verdict).toEqual({ ok: false, reason: "signature_mismatch" });
  expect(match("current", fakeWebhook(), []).verdict).toEqual({ ok: false, reason: "no_secret" });
});
