import type { Platform } from "../../context.ts";
import type { Database } from "../../db/client.ts";

/** Above this a payload is not claimed with its delivery: hundreds of a MiB each would be held at once. */
export const largeBytes = 64 * 1024;
const atOnce = 16;

/** Gives the places for large payloads; whoever comes later waits. */
class Places {
  private free = atOnce;
  private readonly waiting: (() => void)[] = [];

  async enter(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  leave(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free += 1;
    else next();
  }
}

const places = new WeakMap<Database, Places>();

/** Reads an event's payload and holds it while `work` runs; at most sixteen in a process at the same time. */
export async function withLargePayload<T>({ db }: Pick<Platform, "db">, event: { tenantId: string; eventId: string }, work: (dataJson: string) => Promise<T>): Promise<T> {
  const ours = places.get(db) ?? new Places();
  places.set(db, ours);
  await ours.enter();
  try {
    const { rows } = await db.hot.dispatch.query<{ data_json: string }>({
      name: "large_payload", text: "SELECT payload::text AS data_json FROM webhook_event WHERE tenant_id = $1 AND id = $2", values: [event.tenantId, event.eventId],
    });
    const [row] = rows;
    if (row === undefined) throw new Error(`event ${event.eventId} is gone`);
    return await work(row.data_json);
  } finally {
    ours.leave();
  }
}
