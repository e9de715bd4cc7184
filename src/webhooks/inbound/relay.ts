import { randomUUID } from "node:crypto";
import { isGrpcServiceError } from "@temporalio/client";
import type { Platform } from "../../context.ts";
import { signalNames, type ProviderNews } from "../../domain/processes.ts";
import { isWorkflowGone } from "../../temporal/gateway.ts";
import { claimNews, markProcessed, postpone, release, type ClaimedNews, type ProcessedNews } from "./relay-store.ts";

/** A round's owners are told within a few seconds by a server that takes a hundred signals a second: well before the lease ends. */
const limits = {
  owners: 200,
  newsPerOwner: 500,
  leaseSeconds: 30,
  /** With doubling waits this is about an hour: longer than any process takes to record the object that it has just made. */
  parkAfterAttempts: 18,
};
const signalsAtOnce = 10;
const signalTimeoutMs = 5_000;

export interface RelayRound {
  relayed: number;
  /** More may be due than one round takes. */
  more: boolean;
  /** Temporal did not answer: everything waits as it was, and asking again at once would not help. */
  away: boolean;
}

/**
 * Hands recorded news to the runs that own their objects: all pending news of one run in one signal, in order.
 * While Temporal is away the news wait in the database; news that nobody owns are tried again, then parked. `beat` is
 * called while it works.
 */
export async function relayInboundNews(platform: Platform, beat: () => void = () => undefined): Promise<RelayRound> {
  const leaseToken = randomUUID();
  const pool = platform.db.hot.relay;
  const { news, ownerless } = await claimNews(pool, leaseToken, limits);
  const byRun = [...Map.groupBy(news, ({ workflowId }) => workflowId)];
  const round = await tellOwners(platform, byRun, beat);
  await markProcessed(pool, leaseToken, round.done);
  await postpone(pool, leaseToken, round.failed);
  await release(pool, leaseToken, round.untold);
  return { relayed: round.done.length, more: news.length + ownerless >= limits.owners, away: round.untold.length > 0 };
}

interface Told {
  done: ProcessedNews[];
  failed: ClaimedNews[];
  untold: ClaimedNews[];
}

async function tellOwners(platform: Platform, byRun: [string, ClaimedNews[]][], beat: () => void): Promise<Told> {
  const told: Told = { done: [], failed: [], untold: [] };
  const waiting = byRun.values();
  const speak = async (): Promise<void> => {
    for (const [workflowId, news] of waiting) {
      beat();
      if (told.untold.length > 0) {
        told.untold.push(...news);
        continue;
      }
      try {
        const reason = await signalOwner(platform, workflowId, news);
        told.done.push(...news.map((item) => ({ news: item, reason })));
      } catch (error) {
        const away = isTemporalAway(error);
        platform.logger.warn({ err: error, workflowId, news: news.length, away }, "news could not be relayed; they wait");
        (away ? told.untold : told.failed).push(...news);
      }
    }
  };
  await Promise.all(Array.from({ length: signalsAtOnce }, speak));
  return told;
}

/** Cancelled, too late, too much at once, not there (gRPC's 1, 4, 8, 14): nothing that this owner's news would be the cause of. */
const awayCodes = new Set([1, 4, 8, 14]);

function isTemporalAway(error: unknown): boolean {
  if (isGrpcServiceError(error)) return awayCodes.has(error.code);
  return error instanceof Error && isTemporalAway(error.cause);
}

async function signalOwner(platform: Platform, workflowId: string, news: ClaimedNews[]): Promise<string | null> {
  const hints: ProviderNews[] = news.map((item) => ({ inboundEventId: item.id, type: item.type }));
  const { client } = platform.temporal;
  try {
    await client.connection.withDeadline(Date.now() + signalTimeoutMs, async () => {
      await client.workflow.getHandle(workflowId).signal(signalNames.providerNotified, hints);
    });
    return null;
  } catch (error) {
    if (isWorkflowGone(error)) return "the process that it is about has ended";
    throw error;
  }
}
