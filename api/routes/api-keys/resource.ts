import { z } from "zod";
import { timestamp } from "../../schemas.ts";
import { formerExample, rotation } from "../secrets/resource.ts";

const example = {
  id: "key_01jdmz8v5ye2f9m4r6sgk3x7qa", name: "Applicant tracking", prefix: "wsk_4fT9zQ2LmX0a", scopes: ["events:write"], allowedIps: ["203.0.113.0/24"], rateLimit: null,
  expiresAt: null, revokedAt: null, lastUsedAt: "2026-11-24T10:00:00.000Z", createdAt: "2026-11-24T09:00:00.000Z",
};

const fields = {
  id: z.string(),
  name: z.string(),
  prefix: z.string().meta({ description: "How the key begins: safe to show" }),
  scopes: z.array(z.string()),
  allowedIps: z.array(z.string()),
  rateLimit: z.number().int().nullable().meta({ description: "Requests per second; null is the platform's default" }),
  expiresAt: timestamp.nullable(),
  revokedAt: timestamp.nullable().meta({ description: "May lie ahead: the end of a rotation's overlap" }),
  lastUsedAt: timestamp.nullable().meta({ description: "To the minute" }),
  createdAt: timestamp,
};

export const apiKeyResource = z.object(fields).meta({ id: "ApiKey", examples: [example] });

export const apiKeyDetail = z.object({ ...fields, rotation: rotation("Keys before it in its line that are still valid; each has the id of its key behind `sec_`") }).meta({
  id: "ApiKeyDetail", examples: [{ ...example, rotation: [formerExample] }],
});

export const newApiKeyResource = z.object({ ...fields, secret: z.string().meta({ description: "The whole key; shown this once" }) }).meta({
  id: "NewApiKey", examples: [{ ...example, secret: "wsk_4fT9zQ2LmX0a_…" }],
});
