import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "./child.ts";

/** Tells the supervisor about a program as soon as it runs, before it is ready, so that no program is ever unknown. */
export type Launched = (child: Child) => void;

export interface Part {
  name: string;
  /** Starts it and waits until it is ready. */
  start(launched: Launched): Promise<unknown>;
}

export interface Supervised {
  readonly name: string;
  readonly pid: number | undefined;
  /** How often it ended unexpectedly so far. */
  readonly crashes: number;
  /** Stops it for good; resolves when it is gone. */
  stop(): Promise<void>;
  /** The same without waiting for work at hand. */
  kill(): Promise<void>;
}

export interface SuperviseOptions {
  say: (line: string) => void;
  /** Called for each program started and, with undefined, when it is gone. */
  onChange?: (child: Child | undefined) => void;
  /** The likely cause of an end, from the log. */
  lastWords?: () => string | undefined;
  backOffMs?: { first: number; longest: number };
  /** After this time up, the next crash counts as the first again. */
  stableAfterMs?: number;
}

/** Keeps a part running. The first start is in the hands of the caller; later ones happen when the part ends unasked. */
export function supervise(part: Part, options: SuperviseOptions): Supervised & { start(): Promise<void> } {
  const { say, backOffMs = { first: 500, longest: 10_000 }, stableAfterMs = 30_000 } = options;
  const stopping = new AbortController();
  let current: Child | undefined;
  let crashes = 0;
  let waitMs = backOffMs.first;
  let ready = false;

  const launched: Launched = (child) => {
    const startedAt = performance.now();
    current = child;
    options.onChange?.(child);
    if (stopping.signal.aborted) void child.stop();
    void child.exited.then((reason) => {
      if (current === child) current = undefined;
      options.onChange?.(undefined);
      const wasReady = ready;
      ready = false;
      // A part that ends while it is being started fails that start, which is retried or reported by its caller.
      if (wasReady && !stopping.signal.aborted) void restart(reason, performance.now() - startedAt);
    });
  };

  const begin = async (): Promise<void> => {
    const child = { ended: false };
    await part.start((started) => {
      void started.exited.then(() => (child.ended = true));
      launched(started);
    });
    if (child.ended && !stopping.signal.aborted) throw new Error(`it ended at once${describe(options.lastWords?.())}`);
    ready = true;
  };

  const restart = async (reason: string, upMs: number): Promise<void> => {
    crashes += 1;
    if (upMs > stableAfterMs) waitMs = backOffMs.first;
    const hint = reason.startsWith("signal") ? "" : describe(options.lastWords?.());
    say(`${part.name} stopped unexpectedly (${reason}${hint}); starting it again in ${waitMs / 1000} s.`);
    try {
      await sleep(waitMs, undefined, { signal: stopping.signal });
      waitMs = Math.min(waitMs * 2, backOffMs.longest);
      await begin();
    } catch (error) {
      if (!stopping.signal.aborted) void restart(error instanceof Error ? error.message : String(error), 0);
    }
  };

  const end = async (how: "stop" | "kill"): Promise<void> => {
    stopping.abort();
    await current?.[how]();
  };
  return {
    name: part.name,
    get pid() {
      return current?.pid;
    },
    get crashes() {
      return crashes;
    },
    start: begin,
    stop: () => end("stop"),
    kill: () => end("kill"),
  };
}

function describe(lastWords: string | undefined): string {
  return lastWords === undefined ? "" : `: ${lastWords}`;
}
