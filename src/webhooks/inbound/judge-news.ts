import type { News } from "../../providers/contract.ts";
import type { NotedNews } from "./inbound-recorder.ts";

export type StrayReason = "wrong_account" | "test_mode";

const oldAfterMs = 30 * 86_400_000;

/** Why verified news are not for this integration; null when they are. Of several together, one that is not decides. */
export function whyStray(news: News[], mode: string, account: string | undefined): StrayReason | null {
  if (account !== undefined && news.some((item) => item.account !== undefined && item.account !== account)) return "wrong_account";
  return mode === "live" && news.some((item) => item.test === true) ? "test_mode" : null;
}

/** News of long ago are recorded like any other, and the log says so: no vendor repeats for that long. */
export function withNotes(news: News[], now: Date): NotedNews[] {
  return news.map((item) =>
    item.occurredAt !== null && now.getTime() - item.occurredAt.getTime() > oldAfterMs ? { ...item, note: "older than 30 days" } : item);
}
