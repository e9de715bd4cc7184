import type { Database } from "../db/client.ts";
import { bestEffort, type Logger } from "../lib/logger.ts";

const writeEveryMs = 60_000;

interface Pending {
  tenantId: string;
  uses: number;
  lastAt: Date;
  timer: NodeJS.Timeout;
}

/**
 * Counts uses of former secrets. The first is written at once, what follows within the same minute together at its end: a
 * request never waits for it. A killed process loses a minute's count, not the fact of the use.
 */
export class FormerUseLog {
  private readonly db: Database;
  private readonly logger: Logger;
  private readonly pending = new Map<string, Pending>();
  private readonly writing = new Set<Promise<unknown>>();

  constructor(db: Database, logger: Logger) {
    this.db = db;
    this.logger = logger;
  }

  note(tenantId: string, id: string, at: Date): void {
    const known = this.pending.get(id);
    if (known !== undefined) {
      known.uses += 1;
      known.lastAt = at;
      return;
    }
    this.write(tenantId, id, 1, at);
    const timer = setTimeout(() => this.flush(id), writeEveryMs);
    timer.unref();
    this.pending.set(id, { tenantId, uses: 0, lastAt: at, timer });
  }

  /** Writes what is counted; nothing is lost by an orderly stop. */
  async close(): Promise<void> {
    for (const id of this.pending.keys()) this.flush(id);
    await Promise.allSettled(this.writing);
  }

  private flush(id: string): void {
    const known = this.pending.get(id);
    if (known === undefined) return;
    clearTimeout(known.timer);
    this.pending.delete(id);
    if (known.uses > 0) this.write(known.tenantId, id, known.uses, known.lastAt);
  }

  private write(tenantId: string, id: string, uses: number, at: Date): void {
    const written = this.db.tenantTransaction(tenantId, (tx) => tx.$executeRaw`
      UPDATE former_secret SET uses = uses + ${uses}, last_used_at = greatest(last_used_at, ${at}) WHERE tenant_id = ${tenantId} AND id = ${id} AND retired_at IS NULL`);
    const done = bestEffort(written, "the count of uses is a display", this.logger).finally(() => this.writing.delete(done));
    this.writing.add(done);
  }
}
