import { z } from "zod";
import { channel } from "../../schemas.ts";
import { invalidField } from "../../../src/lib/errors.ts";

/** The fields of an endpoint as a tenant may write them. */

const maxWaitSeconds = 7 * 86_400;
const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

const wait = z.union([
  z.number().int().min(1).max(maxWaitSeconds),
  z.string().max(12).regex(/^[1-9][0-9]{0,6}[smhd]$/, "must be seconds, or a wait such as 5s, 2m, 1h or 1d"),
]);

const eventPattern = z.string().max(128).regex(/^(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)+|[a-z][a-z0-9_]*\.\*)$/, "must be an event type, a pattern such as application.*, or *");

const filterDescription = [
  "Conditions on `type` and on paths below `data` (`data.amount.value`), which must all hold; null means none.",
  "A value is one to equal, or an object of operators: `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`, `$exists`, `$startsWith`, `$endsWith`.",
  "`$and` and `$or` take lists of filters, `$not` one. At most 50 conditions, 6 levels deep.",
].join(" ");

export const endpointFields = {
  // Its length is checked with the rest of it, so that every refused URL answers alike.
  url: z.string().min(1).max(10_000).meta({ description: "https:// to a public address" }),
  eventTypes: z.array(eventPattern).max(100).meta({ description: "Types (application.created), patterns (application.*) or *; empty means all" }),
  description: z.string().max(500).nullable(),
  headers: z.record(z.string().max(256), z.string().max(4096)).meta({ description: "Sent with every attempt; reads mask the values" }),
  secretHeaders: z.record(z.string().max(256), z.string().max(4096)).nullable().meta({ description: "Sent like `headers`, stored encrypted, never shown again: reads give their names alone" }),
  channels: z.array(channel).max(100).meta({ description: "Only events that share a channel; empty means all events" }),
  filter: z.record(z.string(), z.unknown()).nullable().meta({ description: filterDescription }),
  payloadMode: z.enum(["full", "thin"]).meta({ description: "`thin` sends `data: { eventId }` alone; the event is read over the API" }),
  rateLimit: z.number().int().min(1).max(10_000).nullable().meta({ description: "Attempts per second" }),
  ordered: z.boolean().meta({ description: "One after the other, in the order of the events" }),
  retrySchedule: z.array(wait).max(20).meta({ description: "Waits before attempts 2, 3, …: seconds, or 5s, 2m, 1h, 1d; empty means the default" }),
  enabled: z.boolean(),
};

export const endpointExample = {
  url: "https://ats.example.com/hooks/waystation", eventTypes: ["verification.*", "application.created"], description: "Applicant tracking",
  headers: { "x-environment": "production" }, secretHeaders: { authorization: "Bearer …" }, channels: ["berlin"],
  filter: { "data.amount.value": { $gte: 100 } }, payloadMode: "full", rateLimit: 50, ordered: false, retrySchedule: ["5s", "2m", "1h"], enabled: true,
};

/** @throws AppError invalid */
export function toSeconds(schedule: (number | string)[] | undefined): number[] | undefined {
  return schedule?.map((item, index) => {
    const seconds = typeof item === "number" ? item : Number(item.slice(0, -1)) * (unitSeconds[item.slice(-1)] ?? Number.NaN);
    if (!(seconds <= maxWaitSeconds)) throw invalidField(`/retrySchedule/${index}`, "must be at most 7 days");
    return seconds;
  });
}
