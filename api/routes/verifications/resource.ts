import { z } from "zod";
import { reviewPolicies, verificationChecks, verificationResults, verificationStatuses } from "../../../src/domain/verification.ts";
import { timestamp } from "../../schemas.ts";

const name = z.string().trim().min(1).max(200);
const birthDate = z.iso.date().refine((text) => text < new Date().toISOString().slice(0, 10), "must be in the past");

export const candidateInput = z.strictObject({
  firstName: name,
  lastName: name,
  email: z.email().max(254),
  phone: z.string().regex(/^\+[1-9]\d{5,14}$/, "must be in E.164 form, such as +33123456789").optional(),
  country: z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166-1 alpha-2 code such as FR").optional(),
  birthDate: birthDate.optional().meta({ description: "YYYY-MM-DD" }),
});

export const attemptResource = z.object({
  provider: z.string(),
  integrationId: z.string(),
  reference: z.string().nullable(),
  status: z.string(),
  result: z.enum(verificationResults).nullable(),
  reasons: z.array(z.string()),
  rawStatus: z.string().nullable().meta({ description: "The provider's own word" }),
  startedAt: timestamp,
  endedAt: timestamp.nullable(),
});

export const verificationResource = z.object({
  id: z.string(),
  status: z.enum(verificationStatuses),
  result: z.enum(verificationResults).nullable(),
  reasons: z.array(z.string()),
  checks: z.array(z.enum(verificationChecks)),
  provider: z.string(),
  reviewPolicy: z.enum(reviewPolicies),
  attempts: z.array(attemptResource),
  candidate: z.object({
    id: z.string(), firstName: z.string(), lastName: z.string(), email: z.string(), phone: z.string().optional(), country: z.string().optional(), birthDate: z.string().optional(),
  }),
  inviteUrl: z.string().nullable().meta({ description: "Where the candidate hands in what is asked for" }),
  workflowId: z.string(),
  webUrl: z.string().meta({ description: "The run in Temporal's Web UI" }),
  expiresAt: timestamp,
  createdAt: timestamp,
  updatedAt: timestamp,
}).meta({ id: "Verification" });

export const timelineResource = z.object({
  data: z.array(z.object({
    at: timestamp, kind: z.string(), actor: z.object({ type: z.string(), id: z.string().optional() }), summary: z.string(), details: z.unknown().optional(),
  })),
}).meta({ id: "Timeline" });
