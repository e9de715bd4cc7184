import { z } from "zod";
import { timestamp } from "../../schemas.ts";
import { formerExample, rotation } from "../secrets/resource.ts";

const fields = {
  id: z.string(),
  url: z.string(),
  eventTypes: z.array(z.string()),
  description: z.string().nullable(),
  headers: z.record(z.string(), z.string()).meta({ description: "Values are masked" }),
  secretHeaders: z.record(z.string(), z.string()).meta({ description: "Their names; no part of a value is shown" }),
  channels: z.array(z.string()),
  filter: z.record(z.string(), z.unknown()).nullable(),
  payloadMode: z.enum(["full", "thin"]),
  enabled: z.boolean(),
  status: z.enum(["healthy", "degraded", "disabled"]),
  rateLimit: z.number().int().nullable(),
  ordered: z.boolean(),
  retrySchedule: z.array(z.number().int()).meta({ description: "Seconds before attempts 2, 3, …; empty means the default" }),
  createdAt: timestamp,
  updatedAt: timestamp,
};

const example = {
  id: "ep_01jdmz8v5ye2f9m4r6sgk3x7qa", url: "https://ats.example.com/hooks/waystation", eventTypes: ["verification.*", "application.created"], description: "Applicant tracking",
  headers: { "x-environment": "••••" }, secretHeaders: { authorization: "••••" }, channels: ["berlin"], filter: { "data.amount.value": { $gte: 100 } },
  payloadMode: "full" as const, enabled: true, status: "healthy" as const, rateLimit: 50, ordered: false, retrySchedule: [5, 120, 3600],
  createdAt: "2026-11-24T09:00:00.000Z", updatedAt: "2026-11-24T09:00:00.000Z",
};

export const endpointResource = z.object(fields).meta({ id: "WebhookEndpoint", examples: [example] });

export const endpointFormerExample = { ...formerExample, lastUsedAt: null, uses: null };

export const endpointDetail = z.object({ ...fields, rotation: rotation("Former secrets that still sign beside the current one") }).meta({
  id: "WebhookEndpointDetail", examples: [{ ...example, rotation: [endpointFormerExample] }],
});

export const newEndpointResource = z.object({ ...fields, secret: z.string().meta({ description: "What deliveries are signed with (Standard Webhooks)" }) }).meta({
  id: "NewWebhookEndpoint", examples: [{ ...example, secret: "whsec_…" }],
});
