import { expect, it } from "vitest";
import { microsoftWebhook } from "./webhook.ts";

const input = { credentials: [{ clientState: "state" }], settings: {}, now: new Date() };
const ask = (query: string) => microsoftWebhook.handshake?.({ method: "POST", url: `https://h.test/webhooks/microsoft/i${query}`, headers: {}, body: Buffer.alloc(0) }, input);

function verify(value: unknown, credentials = input.credentials) {
  const body = Buffer.from(JSON.stringify({ value }));
  const verdict = microsoftWebhook.verify({ method: "POST", url: "https://h.test/", headers: {}, body }, { ...input, credentials });
  return verdict.ok ? microsoftWebhook.parse(verdict.webhook) : verdict.reason;
}

it("repeats a validation token as plain text and as it is, HTML or not", () => {
  const token = `<script>alert(1)</script>${"x".repeat(1_100)}`;
  expect(ask(`?validationToken=${encodeURIComponent(token)}`)).toEqual({ ok: true, answer: { status: 200, contentType: "text/plain; charset=utf-8", body: token } });
});

it("repeats none that is endless, holds control characters or comes twice", () => {
  for (const query of [`validationToken=${"x".repeat(4_097)}`, "validationToken=a%0d%0ab", "validationToken=a%00", "validationToken=a&validationToken=b"]) {
    expect(ask(`?${query}`), query.slice(0, 40)).toMatchObject({ ok: false });
  }
});

it("reads lifecycle notifications beside changes", () => {
  const items = [{ subscriptionId: "s", clientState: "state", lifecycleEvent: "missed" }, { subscriptionId: "s", clientState: "state", changeType: "deleted" }];
  expect(verify(items)).toMatchObject([{ type: "missed" }, { type: "deleted", about: { kind: "subscription", reference: "s" } }]);
});

it("refuses everything when one item has no state, another one, or a state that is not text", () => {
  const good = { subscriptionId: "s", clientState: "state", changeType: "updated" };
  for (const bad of [{ ...good, clientState: undefined }, { ...good, clientState: "State" }, { ...good, clientState: ["state"] }, { ...good, clientState: "" }, null, 1]) {
    expect(verify([good, bad]), JSON.stringify(bad)).toBe("signature_mismatch");
  }
  expect(verify([])).toBe("signature_missing");
  expect(verify("state")).toBe("signature_malformed");
  expect(verify([good], [{ clientState: " " }])).toBe("no_secret");
});
