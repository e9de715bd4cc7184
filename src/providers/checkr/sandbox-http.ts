import { timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

// How the stand-in reads requests and answers them, as Checkr does.

/** Under which a request carries the account that it belongs to. */
export const accountKey = "checkrAccount";

const workLocation = z.object({ country: z.string(), state: z.string().optional(), city: z.string().optional() });
export const orderSchema = z.object({ candidate_id: z.string(), package: z.string(), work_locations: z.array(workLocation).optional() });

export function accountOf(request: FastifyRequest): string {
  return request.getDecorator<string>(accountKey);
}

/** `page` and `per_page`, 25 unless asked otherwise. */
export function page(request: FastifyRequest, all: Record<string, unknown>[]): Record<string, unknown> {
  const query = request.query as { page?: string; per_page?: string };
  const [number, size] = [Math.max(Number(query.page ?? 1), 1), Math.min(Math.max(Number(query.per_page ?? 25), 1), 100)];
  const more = all.length > number * size;
  const next = more ? `${request.url.split("?")[0] ?? ""}?page=${number + 1}&per_page=${size}` : null;
  return { object: "list", data: all.slice((number - 1) * size, number * size), count: all.length, next_href: next, previous_href: null };
}

export function fail(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).send({ error });
}

export function overLimit(reply: FastifyReply, forMs: number): FastifyReply {
  reply.headers({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": new Date(Date.now() + forMs).toISOString() });
  return fail(reply, 429, "Too many requests");
}

export function equal(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export function jsonOf(request: FastifyRequest): unknown {
  try {
    return JSON.parse(Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "");
  } catch {
    return undefined;
  }
}
