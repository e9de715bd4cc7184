import { createHash } from "node:crypto";
import { type News, type ProviderWebhook, type VerifiedWebhook, WebhookFormatError, WebhookSizeError } from "../../providers/contract.ts";
import type { NotedNews } from "./inbound-recorder.ts";

export type StrayReason = "wrong_account" | "test_mode";

const oldAfterMs = 30 * 86_400_000;

/**
 * What is signed and does not read as documented is kept and goes nowhere: a refusal would have the vendor repeat it for days
 * and then switch the address off, and nobody could see what it was.
 */
export function readNews(webhook: ProviderWebhook, verified: VerifiedWebhook): NotedNews[] | "too_large" {
  try {
    return webhook.parse(verified);
  } catch (error) {
    if (error instanceof WebhookSizeError) return "too_large";
    if (!(error instanceof WebhookFormatError)) throw error;
    const externalId = createHash("sha256").update(verified.body).digest("hex");
    return [{ externalId, type: "unreadable", occurredAt: null, about: null, note: `could not be read: ${error.message}` }];
  }
}

/** Why verified news are not for this integration; null when they are. Of several together, one that is not decides. */
export function whyStray(news: News[], mode: string, account: string | undefined): StrayReason | null {
  if (account !== undefined && news.some((item) => item.account !== undefined && item.account !== account)) return "wrong_account";
  return mode === "live" && news.some((item) => item.test === true) ? "test_mode" : null;
}

/** News of long ago are recorded like any other, and the log says so: no vendor repeats for that long. */
export function withNotes(news: NotedNews[], now: Date): NotedNews[] {
  return news.map((item) =>
    item.occurredAt !== null && now.getTime() - item.occurredAt.getTime() > oldAfterMs ? { ...item, note: "older than 30 days" } : item);
}
