import type { Platform } from "../context.ts";
import type { Verification, VerificationAttempt } from "../generated/prisma/client.ts";
import type { ReviewPolicy, VerificationCheck, VerificationResult, VerificationStatus } from "../domain/verification.ts";

export interface CandidateDetails {
  firstName: string;
  lastName: string;
  email: string;
  phone?: string | undefined;
  /** ISO 3166-1 alpha-2. */
  country?: string | undefined;
  /** YYYY-MM-DD */
  birthDate?: string | undefined;
}

/** A verification as the API and the events give it. */
export interface VerificationResource {
  id: string;
  status: VerificationStatus;
  result: VerificationResult | null;
  reasons: string[];
  checks: VerificationCheck[];
  provider: string;
  reviewPolicy: ReviewPolicy;
  attempts: VerificationAttemptResource[];
  candidate: { id: string } & CandidateDetails;
  /** Where the candidate hands in what is asked for; null until invited. */
  inviteUrl: string | null;
  workflowId: string;
  webUrl: string;
  expiresAt: string;
  createdAt: string;
  updatedAt: string;
}

export interface VerificationAttemptResource {
  provider: string;
  integrationId: string;
  reference: string | null;
  status: string;
  result: VerificationResult | null;
  reasons: string[];
  /** The vendor's own word. */
  rawStatus: string | null;
  startedAt: string;
  endedAt: string | null;
}

export type VerificationRow = Verification & { tries: VerificationAttempt[]; candidate: { id: string; personal: Uint8Array } };

export const withParts = { tries: { orderBy: { number: "asc" } }, candidate: true } as const;

export function candidatePlace(tenantId: string, candidateId: string): { tenantId: string; table: string; column: string; id: string } {
  return { tenantId, table: "candidate", column: "personal", id: candidateId };
}

export async function toVerificationResource(platform: Platform, row: VerificationRow): Promise<VerificationResource> {
  const details = await platform.vault.openJson<CandidateDetails>(candidatePlace(row.tenantId, row.candidate.id), row.candidate.personal);
  return {
    id: row.id,
    status: row.status as VerificationStatus,
    result: row.result as VerificationResult | null,
    reasons: row.reasons,
    checks: row.checks as VerificationCheck[],
    provider: row.provider,
    reviewPolicy: row.reviewPolicy as ReviewPolicy,
    attempts: row.tries.map((attempt) => ({
      provider: attempt.provider,
      integrationId: attempt.integrationId,
      reference: attempt.reference,
      status: attempt.status,
      result: attempt.result as VerificationResult | null,
      reasons: attempt.reasons,
      rawStatus: attempt.rawStatus,
      startedAt: attempt.startedAt.toISOString(),
      endedAt: attempt.endedAt?.toISOString() ?? null,
    })),
    candidate: { id: row.candidate.id, ...details },
    inviteUrl: row.inviteUrl,
    workflowId: row.workflowId,
    webUrl: platform.temporal.webUrl(row.workflowId),
    expiresAt: row.expiresAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
