import type { FastifyReply } from "fastify";
import type { Platform } from "../../../src/context.ts";
import { rateHeaders, rateLimited } from "../../../src/limits/rate-answer.ts";
import { takeTokens } from "../../../src/limits/token-bucket.ts";
import { eventRateLimitOf } from "../../../src/webhooks/outbound/event-types.ts";

/**
 * Holds a tenant to its `eventRateLimit` in all API processes together, and says in RateLimit-* headers what is left
 * (draft-ietf-httpapi-ratelimit-headers-07). A tenant without a limit costs nothing. @throws AppError rate_limited
 */
export async function limitEvents(platform: Platform, reply: FastifyReply, tenantId: string, count: number): Promise<void> {
  const perSecond = await eventRateLimitOf(platform.db, tenantId);
  if (perSecond === null) return;
  const taken = await takeTokens(platform.db.hot.accept, { key: `events/${tenantId}`, perSecond, cost: count });
  const admission = { granted: taken.granted, limit: perSecond, remaining: taken.remaining, resetSeconds: taken.fullInSeconds, retryAfterSeconds: taken.retryInSeconds };
  reply.headers(rateHeaders(admission));
  if (!taken.granted) throw rateLimited(admission, `The tenant may send ${perSecond} events a second.`);
}
