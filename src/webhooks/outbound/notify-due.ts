import type { Tx } from "../../db/client.ts";
import { dueChannel } from "./due-channel.ts";

/** Wakes the dispatchers of these shards when the transaction commits. */
export async function notifyDue(tx: Tx, shards: Iterable<number>): Promise<void> {
  for (const shard of new Set(shards)) await tx.$executeRaw`SELECT pg_notify(${dueChannel}, ${String(shard)})`;
}
