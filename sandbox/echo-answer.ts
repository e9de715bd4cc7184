import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyReply } from "fastify";

/** The ways in which a receiver breaks: it never answers, closes the connection with a reset, or answers without end. */
export type Misbehaviour = "hang" | "reset" | { flood: number | "endless" };

export interface EchoAnswer {
  status: number;
  delayMs: number;
  retryAfter: string | null;
  misbehaviour: Misbehaviour | null;
}

const chunk = Buffer.alloc(64 * 1024, "x");

/** Gives the answer that was ordered. `closing` is aborted when the sandbox stops: nobody waits for a hanging one then. */
export async function giveAnswer(reply: FastifyReply, answer: EchoAnswer, closing: AbortSignal): Promise<FastifyReply> {
  await sleep(answer.delayMs, undefined, { signal: closing }).catch(() => undefined);
  if (answer.retryAfter !== null) reply.header("retry-after", answer.retryAfter);
  if (answer.misbehaviour === null) return reply.code(answer.status).send();
  reply.hijack();
  const { socket } = reply.raw;
  const close = (): void => void socket?.destroy();
  if (closing.aborted) close();
  else closing.addEventListener("abort", close, { once: true });
  socket?.once("close", () => closing.removeEventListener("abort", close));
  if (answer.misbehaviour === "reset") socket?.resetAndDestroy();
  else if (answer.misbehaviour !== "hang") await flood(reply, answer.status, answer.misbehaviour.flood);
  return reply;
}

/** As fast as it is taken, until it is all there or the other side has had enough. */
async function flood(reply: FastifyReply, status: number, size: number | "endless"): Promise<void> {
  reply.raw.writeHead(status, { ...reply.getHeaders(), "content-type": "text/plain", ...(size === "endless" ? {} : { "content-length": size }) } as Record<string, string | number>);
  await pipeline(Readable.from(chunksOf(size === "endless" ? Number.POSITIVE_INFINITY : size)), reply.raw).catch(() => undefined);
}

function* chunksOf(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= chunk.length) yield left < chunk.length ? chunk.subarray(0, left) : chunk;
}
