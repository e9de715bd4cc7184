import { z } from "zod";
import { endpointStats, statsWindows, type StatsWindow } from "../../../src/webhooks/outbound/delivery-stats.ts";
import { idParams, timestamp } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";

const count = z.number().int();
const windows = Object.keys(statsWindows) as [StatsWindow, ...StatsWindow[]];
const querystring = z.strictObject({ window: z.enum(windows).default("24h") });

const statsResource = z.object({
  window: z.enum(windows),
  attempts: count,
  delivered: count,
  failed: count,
  successRate: z.number().nullable().meta({ description: "Null without an attempt" }),
  latencyMs: z.object({ p50: count.nullable(), p95: count.nullable(), p99: count.nullable() }),
  byStatusCode: z.record(z.string(), count).meta({ description: "`none` where no answer came" }),
  backlog: z.object({ pending: count, retrying: count, held: count }),
  oldestWaitingAt: timestamp.nullable(),
}).meta({
  id: "WebhookEndpointStats",
  examples: [{
    window: "24h", attempts: 1042, delivered: 1040, failed: 2, successRate: 0.998, latencyMs: { p50: 42, p95: 180, p99: 640 },
    byStatusCode: { "200": 1040, none: 2 }, backlog: { pending: 1, retrying: 1, held: 0 }, oldestWaitingAt: "2026-11-24T09:00:00.000Z",
  }],
});

export const addEndpointStats: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/webhook-endpoints/:id/stats", {
    config: { scope: "deliveries:read" },
    schema: {
      tags: ["Webhook endpoints"], summary: "Statistics of an endpoint", description: "What its attempts in the window came to, and what waits for it now.",
      params: idParams, querystring, response: { 200: statsResource },
    },
  }, async (request) => {
    const { tenant, id } = request.params;
    const { oldestWaitingAt, ...stats } = await endpointStats(platform.db, tenant, id, request.query.window);
    return { ...stats, oldestWaitingAt: oldestWaitingAt?.toISOString() ?? null };
  });
};
