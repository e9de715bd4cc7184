import type { Tx } from "../../db/client.ts";
import { AppError } from "../../lib/errors.ts";
import { newId } from "../../lib/ids.ts";
import { notifyDue } from "./notify-due.ts";
import { writeEvents, type EventRow, type PublishedEvent, type Query } from "./write-events.ts";

export interface NewEvent {
  /** The host's own id; the same id again makes no second event. Without it one is made. */
  id?: string;
  type: string;
  payload: unknown;
  /** An endpoint that names channels gets the event only if they share one. */
  channels?: string[] | undefined;
}

export function toEventRow(tenantId: string, event: NewEvent): EventRow {
  return { tenantId, id: event.id ?? newId("evt"), type: event.type, payload: JSON.stringify(event.payload), channels: event.channels ?? [] };
}

export function eventIdTaken(id: string): AppError {
  return new AppError("conflict", `The event id "${id}" was used before with another type, payload or channels.`);
}

/**
 * Writes events and their deliveries in the caller's transaction: a change and the news of it are one commit (outbox).
 * A disabled endpoint gets nothing.
 * @throws AppError conflict when an id was used before for something else.
 */
export async function publishEvents(tx: Tx, tenantId: string, events: NewEvent[]): Promise<PublishedEvent[]> {
  const rows = events.map((event) => toEventRow(tenantId, event));
  const query: Query = ({ text, values }) => tx.$queryRawUnsafe(text, ...values);
  const { answers, shards } = await writeEvents(query, rows);
  await notifyDue(tx, shards);
  return rows.map((row) => {
    const event = answers.get(row);
    if (event === undefined || event === "taken") throw eventIdTaken(row.id);
    return event;
  });
}
