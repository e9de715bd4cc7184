import { randomUUID } from "node:crypto";
import type { Platform } from "../../context.ts";
import { signalNames, type ProviderNews } from "../../domain/processes.ts";
import { isWorkflowGone } from "../../temporal/gateway.ts";
import { claimNews, markProcessed, park, postpone, type ClaimedNews } from "./inbound-store.ts";

const batchSize = 250;
const signalTimeoutMs = 5_000;
/** With doubling waits this is about an hour: longer than any process takes to record the object that it has just made. */
const parkAfterAttempts = 18;

/**
 * Hands recorded news to the runs that own their objects: all pending news of one run in one signal, in order.
 * While Temporal is away the news wait in the database; news that nobody owns are tried again, then parked.
 */
export async function relayInboundNews(platform: Platform): Promise<{ relayed: number; waiting: number }> {
  const leaseToken = randomUUID();
  const { pool } = platform.db;
  const claimed = await claimNews(pool, batchSize, leaseToken);
  const byRun = new Map<string, ClaimedNews[]>();
  const ownerless: ClaimedNews[] = [];
  for (const news of claimed) {
    if (news.workflowId === null) ownerless.push(news);
    else byRun.set(news.workflowId, [...(byRun.get(news.workflowId) ?? []), news]);
  }
  const [old, young] = [ownerless.filter((news) => news.relayAttempts >= parkAfterAttempts), ownerless.filter((news) => news.relayAttempts < parkAfterAttempts)];
  if (old.length > 0) await park(pool, old.map((news) => news.id), leaseToken);
  if (young.length > 0) await postpone(pool, young.map((news) => news.id), leaseToken);

  let relayed = 0;
  for (const [workflowId, news] of byRun) {
    const ids = news.map((item) => item.id);
    try {
      const reason = await signalOwner(platform, workflowId, news);
      await markProcessed(pool, ids, leaseToken, workflowId, reason);
      relayed += ids.length;
    } catch (error) {
      platform.logger.warn({ err: error, workflowId, news: ids.length }, "news could not be relayed; they wait");
      await postpone(pool, ids, leaseToken);
    }
  }
  return { relayed, waiting: claimed.length - relayed - old.length };
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
