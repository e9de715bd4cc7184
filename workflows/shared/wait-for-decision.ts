import { condition } from "@temporalio/workflow";

/** What ended a wait. */
export type Wake<T> = { kind: "received"; item: T } | { kind: "reminder" } | { kind: "deadline" } | { kind: "poll" };

export interface DecisionWait<T> {
  /** Filled by signal handlers; taken from the front. */
  inbox: T[];
  /** Milliseconds since the epoch; null waits without end. */
  deadlineAt: number | null;
  nextReminderAt: number | null;
  nextPollAt: number | null;
}

/**
 * The one shape of every wait for a person or a provider: what signals bring races the next reminder, the deadline and a
 * poll, because webhooks get lost. What was received comes first, so that a decision that arrives at the deadline counts.
 */
export async function waitForDecision<T>(wait: DecisionWait<T>): Promise<Wake<T>> {
  const timers = [
    { kind: "deadline" as const, at: wait.deadlineAt },
    { kind: "reminder" as const, at: wait.nextReminderAt },
    { kind: "poll" as const, at: wait.nextPollAt },
  ].filter((timer): timer is { kind: "deadline" | "reminder" | "poll"; at: number } => timer.at !== null);
  const [next] = timers.sort((a, b) => a.at - b.at);

  if (next === undefined) await condition(() => wait.inbox.length > 0);
  else await condition(() => wait.inbox.length > 0, Math.max(1, next.at - Date.now()));

  const item = wait.inbox.shift();
  if (item !== undefined) return { kind: "received", item };
  return { kind: next?.kind ?? "poll" };
}
