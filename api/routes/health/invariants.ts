import { z } from "zod";
import { AppError } from "../../../src/lib/errors.ts";
import { lastDeliveryCheck } from "../../../src/temporal/last-check.ts";
import { authenticate } from "../../plugins/authentication.ts";
import { timestamp } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";

const count = z.number().int();
const resource = z.object({
  ok: z.boolean(),
  checkedAt: timestamp.nullable().meta({ description: "Null before the first check" }),
  stalled: count.meta({ description: "Deliveries that were due for more than a minute and that nobody sent; woken" }),
  unrouted: count.meta({ description: "Deliveries that an event should have made; made" }),
  miscounted: count.meta({ description: "Deliveries whose attempts were not all recorded" }),
  unrelayed: count.meta({ description: "Inbound news that were due for more than five minutes and that no run was told" }),
}).meta({ id: "Invariants", examples: [{ ok: true, checkedAt: "2026-11-24T09:00:00.000Z", stalled: 0, unrouted: 0, miscounted: 0, unrelayed: 0 }] });

export const addInvariants: AddRoute = (api, platform) => {
  api.get("/health/invariants", {
    onRequest: async (request) => {
      const key = await authenticate(platform, request);
      if (key.tenantId !== null) throw new AppError("forbidden", "This needs a platform key.");
    },
    config: { refusals: [401, 403] },
    schema: {
      tags: ["Health"], summary: "Do deliveries and the inbound relay keep their promises", description: "The newest of the checks that run every minute. Breaches are also in the log and the audit log.",
      security: [{ apiKey: [] }], response: { 200: resource },
    },
  }, async () => {
    const { checkedAt = null, stalled = 0, unrouted = 0, miscounted = 0, unrelayed = 0 } = (await lastDeliveryCheck(platform)) ?? {};
    return { ok: stalled + unrouted + miscounted + unrelayed === 0, checkedAt, stalled, unrouted, miscounted, unrelayed };
  });
};
