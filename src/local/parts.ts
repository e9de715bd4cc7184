import { setTimeout as sleep } from "node:timers/promises";
import { removeMark, writeMark, type DataDir } from "./data-dir.ts";
import { lastLine, watchLog } from "./log-watch.ts";
import { supervise, type Part, type Supervised } from "./supervisor.ts";

/** In the order in which they stop: each may rely on those after it until it has ended. */
export const stopOrder = ["api", "worker", "sandbox", "temporal", "postgres"] as const;
export type PartName = (typeof stopOrder)[number];

export interface Parts {
  logFile(name: PartName): string;
  /** Starts the part and keeps it running. */
  add(part: Part & { name: PartName }): Promise<Supervised>;
  get(name: PartName): Supervised | undefined;
  /** Stops all in their order; after `limitMs` in all, what is left is killed. */
  stop(limitMs: number): Promise<void>;
  kill(): Promise<void>;
}

/** The programs of one local installation: supervised, remembered on disk for the next start, and stopped in order. */
export function createParts(dataDir: DataDir, say: (line: string) => void): Parts {
  const running = new Map<PartName, Supervised>();
  const logFile = (name: PartName): string => `${dataDir.logs}/${name}.log`;
  let stopping = false;
  const kill = async (): Promise<void> => {
    // The database goes last even now, and by its own emergency stop: its sessions must not outlive it.
    await Promise.all(stopOrder.slice(0, -1).map(async (name) => running.get(name)?.kill()));
    await running.get("postgres")?.kill();
  };
  return {
    logFile,
    get: (name) => running.get(name),
    add: async (part) => {
      const supervised = supervise(part, {
        say: stopWhen(() => stopping, say),
        lastWords: () => lastLine(logFile(part.name)),
        onChange: (child) => (child === undefined ? removeMark(dataDir, part.name) : writeMark(dataDir, part.name, child.pid)),
      });
      running.set(part.name, supervised);
      // The servers' own logs are not in our format; a crash of theirs is said by the supervisor.
      if (part.name !== "postgres" && part.name !== "temporal") watchLog(logFile(part.name), stopWhen(() => stopping, say));
      if (!stopping) await supervised.start();
      return supervised;
    },
    stop: async (limitMs) => {
      stopping = true;
      const inOrder = (async () => {
        for (const name of stopOrder) await running.get(name)?.stop();
        return true;
      })();
      if (!(await Promise.race([inOrder, sleep(limitMs, false, { ref: false })]))) await kill();
      await inOrder;
    },
    kill: async () => {
      stopping = true;
      await kill();
    },
  };
}

/** While everything stops, complaints about lost connections are expected and not worth a line. */
function stopWhen(silent: () => boolean, say: (line: string) => void): (line: string) => void {
  return (line) => {
    if (!silent()) say(line);
  };
}
