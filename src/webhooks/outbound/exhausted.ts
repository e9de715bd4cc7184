import type pg from "pg";
import type { PlatformEventType } from "../../domain/event-catalogue.ts";
import { writeResults, type DeliveryResult } from "./delivery-store.ts";
import { notifyDueSql } from "./due-channel.ts";
import { toEventRow } from "./publish.ts";
import { writeEvents, type Query } from "./write-events.ts";

const exhaustedType: PlatformEventType = "delivery.exhausted";

/** What tells of the pipe itself: should such a delivery fail, no event tells of it, or one could follow the other for ever. */
const ofThePipe = /^(delivery|endpoint)\./;

/** Writes results of which some are final failures, and in the same transaction the event that tells of each, once. */
export async function writeFailures(pool: pg.Pool, results: DeliveryResult[]): Promise<void> {
  const client = await pool.connect();
  let failure: Error | undefined;
  try {
    await client.query("BEGIN");
    const failed = await writeResults(client, results);
    const query: Query = async (statement) => (await client.query(statement)).rows as never;
    const rows = results.flatMap((result) => {
      const attempts = failed.get(result.delivery.id);
      return attempts === undefined || ofThePipe.test(result.delivery.eventType) ? [] : [rowOf(result, attempts)];
    });
    if (rows.length > 0) {
      const { shards } = await writeEvents(query, rows);
      await client.query(notifyDueSql, [[...shards]]);
    }
    await client.query("COMMIT");
  } catch (error) {
    failure = error as Error;
    throw error;
  } finally {
    // A connection that failed in the middle of a transaction is not given to anybody else.
    client.release(failure);
  }
}

function rowOf({ delivery, outcome }: DeliveryResult, attempts: number) {
  const payload = {
    deliveryId: delivery.id, eventId: delivery.eventId, eventType: delivery.eventType, endpointId: delivery.endpointId, attempts,
    lastStatusCode: outcome.statusCode, lastError: outcome.error ?? "status",
  };
  return { ...toEventRow(delivery.tenantId, { type: exhaustedType, payload }), exceptEndpointId: delivery.endpointId };
}
