import { z } from "zod";
import { reviewPolicies, verificationChecks, verificationResults, verificationStatuses } from "../../../src/domain/verification.ts";
import { countryCode, timestamp } from "../../schemas.ts";

const name = z.string().trim().min(1).max(200);
const birthDate = z.iso.date().refine((text) => text < new Date().toISOString().slice(0, 10), "must be in the past");

export const candidateInput = z.strictObject({
  firstName: name,
  lastName: name,
  email: z.email().max(254),
  phone: z.string().regex(/^\+[1-9]\d{5,14}$/, "must be in E.164 form, such as +33123456789").optional(),
  country: countryCode.optional(),
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
}).meta({
  id: "Verification",
  examples: [{
    id: "ver_01jdmz8v5ye2f9m4r6sgk3x7qa", status: "completed", result: "clear", reasons: [], checks: ["identity"], provider: "sumsub", reviewPolicy: "on_consider",
    attempts: [{
      provider: "sumsub", integrationId: "int_01jdmz8v5ye2f9m4r6sgk3x7qa", reference: "63e092c51b7b4030f2e01154", status: "decided", result: "clear", reasons: [], rawStatus: "completed",
      startedAt: "2026-11-24T09:00:00.000Z", endedAt: "2026-11-24T09:04:00.000Z",
    }],
    candidate: { id: "cand_01jdmz8v5ye2f9m4r6sgk3x7qa", firstName: "Jane", lastName: "Doe", email: "jane@example.test", country: "FR" },
    inviteUrl: "https://in.sumsub.com/websdk/p/abc", workflowId: "verification/ver_01jdmz8v5ye2f9m4r6sgk3x7qa",
    webUrl: "http://127.0.0.1:8233/namespaces/default/workflows/verification%2Fver_01jdmz8v5ye2f9m4r6sgk3x7qa",
    expiresAt: "2026-12-24T09:00:00.000Z", createdAt: "2026-11-24T09:00:00.000Z", updatedAt: "2026-11-24T09:04:00.000Z",
  }],
});

export const timelineResource = z.object({
  data: z.array(z.object({
    at: timestamp, kind: z.string(), actor: z.object({ type: z.string(), id: z.string().optional() }), summary: z.string(), details: z.unknown().optional(),
  })),
}).meta({
  id: "Timeline",
  examples: [{ data: [{ at: "2026-11-24T09:00:00.000Z", kind: "verification.created", actor: { type: "api_key", id: "key_01jdmz8v5ye2f9m4r6sgk3x7qa" }, summary: "The verification was requested." }] }],
});
