import { expect, it } from "vitest";
import type { News } from "../../providers/contract.ts";
import { whyStray, withNotes } from "./judge-news.ts";

const news = (more: Partial<News> = {}): News => ({ externalId: "e", type: "t", occurredAt: null, about: null, ...more });
const now = new Date("2026-01-31T00:00:00Z");

it("news of another account are refused, where the settings and the news name one", () => {
  expect(whyStray([news({ account: "A" }), news({ account: "B" })], "live", "A")).toBe("wrong_account");
  expect(whyStray([news({ account: "A" })], "live", "A")).toBeNull();
  expect(whyStray([news({ account: "B" })], "live", undefined)).toBeNull();
  expect(whyStray([news()], "live", "A")).toBeNull();
});

it("a vendor's test news are refused by live integrations alone", () => {
  expect(whyStray([news(), news({ test: true })], "live", undefined)).toBe("test_mode");
  expect(whyStray([news({ test: true })], "sandbox", undefined)).toBeNull();
  expect(whyStray([news({ test: false }), news()], "live", undefined)).toBeNull();
});

it("news of more than thirty days ago are marked", () => {
  const at = (text: string) => news({ occurredAt: new Date(text) });
  const marked = withNotes([at("2026-01-01T00:00:00Z"), at("2025-12-31T23:59:59Z"), at("2026-02-01T00:00:00Z"), news()], now);
  expect(marked.map((item) => item.note)).toEqual([undefined, "older than 30 days", undefined, undefined]);
});
