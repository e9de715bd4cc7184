import { expect, it } from "vitest";
import { linkedinWebhook } from "./webhook.ts";

function ask(query: string, credentials = [{ clientSecret: "secret" }]) {
  return linkedinWebhook.handshake?.({ method: "GET", url: `https://h.test/webhooks/linkedin/i${query}`, headers: {}, body: Buffer.alloc(0) }, { credentials, settings: {}, now: new Date() });
}

it("answers a challenge", () => {
  expect(ask("?challengeCode=890e4665-4dfe&applicationId=7")).toMatchObject({ ok: true, answer: { status: 200, contentType: "application/json" } });
});

it("never signs what could be an event, nor anything without a secret", () => {
  for (const code of ["hmacsha256%3D%7B%7D", "hmacsha256=", "%3Cb%3E", "", "a".repeat(101)]) expect(ask(`?challengeCode=${code}`), code).toMatchObject({ ok: false });
  expect(ask("?challengeCode=a&challengeCode=b")).toMatchObject({ ok: false });
  expect(ask("?challengeCode=a", [])).toEqual({ ok: false, reason: "no_secret" });
  expect(ask("?other=a")).toBeNull();
});
