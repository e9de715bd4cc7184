import { z } from "zod";
import { timestamp } from "../../schemas.ts";
import { formerExample, rotation } from "../secrets/resource.ts";

export const healthResource = z.object({ ok: z.boolean(), checkedAt: timestamp, lastError: z.string().nullable() });

export const integrationResource = z.object({
  id: z.string(),
  provider: z.string(),
  mode: z.enum(["sandbox", "live"]),
  status: z.enum(["connected", "needs_attention", "disconnected"]),
  settings: z.record(z.string(), z.unknown()),
  credentials: z.record(z.string(), z.object({ last4: z.string(), setAt: timestamp })).meta({ description: "Write-only: reads give the last four characters and when each was set" }),
  webhookUrl: z.string().nullable(),
  allowedIps: z.array(z.string()).nullable().meta({ description: "Addresses that may send webhooks; null is any, an empty list is none" }),
  webhookRateLimit: z.number().int().nullable().meta({ description: "Verified webhooks per second; null is the platform's default" }),
  health: healthResource.nullable(),
  rotation: rotation("Former credentials that still verify webhooks"),
  createdAt: timestamp,
  updatedAt: timestamp,
}).meta({
  id: "Integration",
  examples: [{
    id: "int_01k0000000000000000000000a", provider: "sumsub", mode: "sandbox", status: "connected", settings: { levelName: "basic-kyc-level" },
    credentials: { appToken: { last4: "9f2c", setAt: "2026-11-24T09:00:00.000Z" } }, webhookUrl: "https://hr.example/webhooks/sumsub/int_01k0000000000000000000000a", allowedIps: null, webhookRateLimit: null,
    health: { ok: true, checkedAt: "2026-11-24T09:00:00.000Z", lastError: null }, rotation: [formerExample], createdAt: "2026-11-24T09:00:00.000Z", updatedAt: "2026-11-24T09:00:00.000Z",
  }],
});

const fields = z.record(z.string().max(100), z.unknown());
export const settingsInput = fields.meta({ description: "As the provider's settingsSchema says" });
export const credentialsInput = fields.meta({ description: "As the provider's credentialsSchema says; never given back" });
