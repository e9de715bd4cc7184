import { EventEmitter } from "node:events";
import pg from "pg";
import { inRole, type DatabaseRole } from "../../db/roles.ts";
import type { Logger } from "../../lib/logger.ts";

/** Wakes waiting drain loops when a commit says that a shard has something due. A lost notification costs one idle poll. */
export interface DueSignal {
  /** Hears notifications for the shard from now on, until it is cancelled. */
  listen(shard: number): DueEar;
  close(): Promise<void>;
}

export interface DueEar {
  /** Resolves at the first notification since the listening began, after the time limit, or when the signal is aborted. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
  cancel(): void;
}

/** LISTENs on one connection of its own and connects again when it is lost. */
export function listenForDue(options: { databaseUrl: string; role: DatabaseRole; channel: string; logger: Logger }): DueSignal {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  let closed = false;
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;

  const reconnect = (): void => {
    client = undefined;
    if (!closed) timer = setTimeout(() => void connect(), 1_000);
  };
  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: options.databaseUrl, keepAlive: true, application_name: "waystation-listen", options: inRole(options.role) });
    let lost = false;
    const onLost = (): void => {
      if (lost) return;
      lost = true;
      reconnect();
    };
    next.on("error", (error) => {
      options.logger.warn({ err: error }, "the notification connection was lost");
      onLost();
    });
    next.on("end", onLost);
    next.on("notification", (message) => emitter.emit(message.payload ?? ""));
    try {
      await next.connect();
      await next.query(`LISTEN ${options.channel}`);
      client = next;
    } catch (error) {
      options.logger.warn({ err: error }, "could not listen for notifications");
      onLost();
    }
  };
  void connect();

  return {
    listen: (shard) => openEar(emitter, String(shard)),
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

function openEar(emitter: EventEmitter, name: string): DueEar {
  let heard = false;
  let tell: (() => void) | undefined;
  const hear = (): void => {
    heard = true;
    tell?.();
  };
  emitter.once(name, hear);
  return {
    wait: (timeoutMs, signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          clearTimeout(limit);
          signal.removeEventListener("abort", done);
          tell = undefined;
          resolve();
        };
        tell = done;
        const limit = setTimeout(done, timeoutMs);
        signal.addEventListener("abort", done, { once: true });
        if (heard || signal.aborted) done();
      }),
    cancel: () => {
      emitter.off(name, hear);
      tell?.();
    },
  };
}
