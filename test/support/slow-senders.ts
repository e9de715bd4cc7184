import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** How a sender holds a socket: by saying nothing, or by a byte now and then, of its headers or its body, or after a request. */
export const slowKinds = ["silent", "slow headers", "slow body", "kept alive"] as const;
export type SlowKind = (typeof slowKinds)[number];

export interface SlowSocket {
  kind: SlowKind;
  /** Milliseconds from the connection to its end; null while it is open. */
  closedAfterMs: number | null;
  socket: Socket;
}

/** Opens sockets that are slow in every way, and goes on dripping into each for as long as it is open. */
export async function openSlowSockets(apiUrl: string, path: string, count: number, dripEveryMs = 1_000): Promise<SlowSocket[]> {
  const { hostname, port } = new URL(apiUrl);
  const opened: SlowSocket[] = [];
  for (let n = 0; n < count; n += 1) {
    const kind = slowKinds[n % slowKinds.length] as SlowKind;
    opened.push(await openOne({ host: hostname, port: Number(port), path, kind, dripEveryMs }));
    // A listen queue holds a few hundred; those who are served meanwhile need their turn too.
    if (n % 50 === 49) await sleep(5);
  }
  return opened;
}

async function openOne({ host, port, path, kind, dripEveryMs }: { host: string; port: number; path: string; kind: SlowKind; dripEveryMs: number }): Promise<SlowSocket> {
  const socket = connect({ host, port });
  const slow: SlowSocket = { kind, closedAfterMs: null, socket };
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  const openedAt = performance.now();
  const drip = setInterval(() => {
    if (kind === "slow headers" || kind === "slow body") socket.write("a");
  }, dripEveryMs);
  socket.on("error", () => undefined).resume();
  socket.on("close", () => {
    clearInterval(drip);
    slow.closedAfterMs = performance.now() - openedAt;
  });
  if (kind === "slow headers") socket.write(`POST ${path} HTTP/1.1\r\nHost: slow\r\nX-Slow: `);
  if (kind === "slow body") socket.write(`POST ${path} HTTP/1.1\r\nHost: slow\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`);
  if (kind === "kept alive") socket.write("GET /health/live HTTP/1.1\r\nHost: slow\r\n\r\n");
  return slow;
}
