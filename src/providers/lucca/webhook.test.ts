import { expect, it } from "vitest";
import { luccaWebhook } from "./webhook.ts";

const ask = (query: string, method = "GET") => luccaWebhook.handshake?.({ method, url: `https://h.test/webhooks/lucca/i${query}`, headers: {}, body: Buffer.alloc(0) }, { credentials: [], settings: {}, now: new Date() });

it("echoes a short printable value as plain text", () => {
  expect(ask("?echo=%3Cb%3E1")).toEqual({ ok: true, answer: { status: 200, contentType: "text/plain; charset=utf-8", body: "<b>1" } });
});

it("echoes nothing long, unprintable or doubled, and nothing to a POST", () => {
  for (const query of [`echo=${"x".repeat(257)}`, "echo=", "echo=a%0ab", "echo=%C3%A9", "echo=a&echo=b"]) expect(ask(`?${query}`), query.slice(0, 30)).toMatchObject({ ok: false });
  expect(ask("?echo=a", "POST")).toBeNull();
  expect(ask("")).toBeNull();
});
