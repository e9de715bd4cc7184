import { createHash } from "node:crypto";
import type pg from "pg";
import { createGroupCommit } from "../../db/group-commit.ts";
import { newId } from "../../lib/ids.ts";
import type { Logger } from "../../lib/logger.ts";
import type { News } from "../../providers/contract.ts";
import type { Vault } from "../../security/vault.ts";
import type { DueNotifier } from "../outbound/due-notifier.ts";
import { tallyInbound } from "./tally-store.ts";
import { createTally } from "./tally.ts";
import { writeInbound, type InboundBody, type InboundRow } from "./write-inbound.ts";

export interface InboundOrigin {
  tenantId: string;
  integrationId: string;
  provider: string;
  sourceIp: string | null;
}

/** What the log should say of the news beside its status goes into `note`. */
export type NotedNews = News & { note?: string };

/** Writes down what comes through the door. */
export interface InboundRecorder {
  /** Resolves when the news are durable; those that came before are counted on their first row, a moment later. */
  record(origin: InboundOrigin, news: NotedNews[], body: Buffer): Promise<void>;
  /** Counts who was refused, when, from where and why; nothing of what was sent. Returns at once. */
  reject(origin: InboundOrigin, reason: string): void;
  close(): Promise<void>;
}

interface Call {
  rows: InboundRow[];
  body: InboundBody;
}

/** `pool` only adds; `tallyPool` counts on rows that are there. */
export function createInboundRecorder(means: { pool: pg.Pool; tallyPool: pg.Pool; vault: Vault; notifier: DueNotifier; logger: Logger }): InboundRecorder {
  const { vault, notifier, logger } = means;
  const tally = createTally((counted) => tallyInbound(means.tallyPool, counted), logger);
  const group = createGroupCommit<Call, undefined>({
    lanes: 2,
    maxRowsPerCommit: 1_000,
    rowsOf: ({ rows }) => rows.length,
    write: async (calls) => {
      const rows = calls.flatMap((call) => call.rows);
      const written = await writeInbound(means.pool, rows, calls.map(({ body }) => body));
      if (written.due) notifier.tell([0]);
      for (const row of rows) if (!written.fresh.has(row.id)) tally.repeated(row);
      return calls.map(() => undefined);
    },
    logger,
  });

  return {
    record: async (origin, news, body) => {
      if (news.length === 0) return;
      const { tenantId } = origin;
      const bodyHash = news.length === 1 ? createHash("sha256").update(origin.integrationId).update(body).digest().subarray(0, 16) : null;
      const ids = news.map(() => newId("inb"));
      const bodyId = ids[0] as string;
      const sealed = await vault.seal({ tenantId, table: "inbound_event", column: "body", id: bodyId }, body);
      const rows = news.map((item, index) => ({
        id: ids[index] as string, ...origin, externalId: item.externalId, type: item.type, about: item.about, occurredAt: item.occurredAt, bodyId, bodyHash, note: item.note ?? null,
      }));
      await group.submit({ rows, body: { id: bodyId, tenantId, sealed } });
    },
    reject: (origin, reason) => tally.rejected({ ...origin, reason }),
    close: async () => {
      await tally.close();
      await notifier.close();
    },
  };
}
