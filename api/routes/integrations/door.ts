import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Platform } from "../../../src/context.ts";
import { AppError } from "../../../src/lib/errors.ts";
import { addressRanges } from "../../schemas.ts";

/** What a tenant says of who may send an integration's webhooks. */
export const doorInput = {
  allowedIps: addressRanges.nullable().optional().meta({ description: "Addresses and CIDRs that may send webhooks: null is any, an empty list is none. `webhook.sources` of the provider may suggest some" }),
  webhookRateLimit: z.number().int().min(1).max(100_000).nullable().optional().meta({ description: "Verified webhooks per second; null is the platform's default. More than the default needs a platform key" }),
};

/** A tenant may ask for less than the platform's default by itself. @throws AppError forbidden */
export function assertMaySetRate(request: FastifyRequest, platform: Platform, webhookRateLimit: number | null | undefined): void {
  const most = platform.config.webhookRateLimit;
  if (webhookRateLimit === undefined || webhookRateLimit === null || webhookRateLimit <= most) return;
  if (request.apiKey?.tenantId !== null) throw new AppError("forbidden", `Only a platform key sets a webhookRateLimit above ${most}.`);
}
