import type { Caller, Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import { taskQueues, workflowNames, type VerifyIdentityInput } from "../domain/processes.ts";
import type { ReviewPolicy, VerificationCheck } from "../domain/verification.ts";
import { verificationWorkflowId } from "../domain/workflow-ids.ts";
import type { Integration } from "../generated/prisma/client.ts";
import { AppError, invalidField } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import { findProvider } from "../providers/registry.ts";
import { enqueueCommand, sendCommandSoon } from "../temporal/outbox.ts";
import { publishEvents } from "../webhooks/outbound/publish.ts";
import { loadVerification } from "./read.ts";
import { candidatePlace, toVerificationResource, type CandidateDetails, type VerificationResource } from "./resource.ts";

export interface VerificationRequest {
  checks: VerificationCheck[];
  candidate: CandidateDetails;
  provider?: string | undefined;
  /** Chooses one of several integrations with the same provider. */
  integrationId?: string | undefined;
  fallback?: string[] | undefined;
  reviewPolicy: ReviewPolicy;
  /** 1 to 90. */
  expiresInDays: number;
}

const dayMs = 24 * 3_600_000;

/**
 * Launches a verification: candidate, verification, run, timeline, event, audit and the workflow's start are one commit.
 * @throws AppError invalid (unknown provider), integration_not_connected.
 */
export async function createVerification(platform: Platform, tenantId: string, request: VerificationRequest, caller: Caller): Promise<VerificationResource> {
  for (const [index, slug] of (request.fallback ?? []).entries()) requireIdentityProvider(slug, `/fallback/${index}`);
  if (request.provider !== undefined) requireIdentityProvider(request.provider, "/provider");
  const id = newId("ver");
  const candidateId = newId("cand");
  const workflowId = verificationWorkflowId(id);
  const personal = await platform.vault.sealJson(candidatePlace(tenantId, candidateId), request.candidate);
  const expiresAt = new Date(platform.clock.now().getTime() + request.expiresInDays * dayMs);

  const { resource, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const integration = await chooseIntegration(tx, tenantId, request);
    await tx.candidate.create({ data: { id: candidateId, tenantId, personal } });
    await tx.verification.create({
      data: {
        id, tenantId, candidateId, workflowId, expiresAt,
        integrationId: integration.id, provider: integration.provider, fallback: request.fallback ?? [], checks: request.checks,
        reviewPolicy: request.reviewPolicy, status: "created", reasons: [],
      },
    });
    await tx.run.create({
      data: { workflowId, tenantId, kind: "verification", subjectId: id, provider: integration.provider, status: "running", step: "Starting" },
    });
    await addTimelineEntry(tx, tenantId, { subjectId: id, kind: "verification.created", actor: caller.actor, summary: "The verification was requested." });
    const created = await toVerificationResource(platform, await loadVerification(tx, tenantId, id));
    await recordAudit(tx, tenantId, caller, { action: "verification.created", subjectType: "verification", subjectId: id, after: { provider: created.provider, checks: created.checks } });
    await publishEvents(tx, tenantId, [{ type: "verification.created", payload: created }]);
    return { resource: created, commandId: await enqueueCommand(tx, tenantId, startCommand(platform, created, integration, tenantId)) };
  });
  await sendCommandSoon(platform, commandId);
  return resource;
}

function startCommand(platform: Platform, verification: VerificationResource, integration: Integration, tenantId: string): Parameters<typeof enqueueCommand>[2] {
  const name = findProvider(integration.provider)?.manifest.name ?? integration.provider;
  const input: VerifyIdentityInput = { tenantId, verificationId: verification.id };
  const consoleUrl = `${platform.config.publicUrl}/console/t/${tenantId}/verifications/${verification.id}`;
  return {
    kind: "start",
    workflowId: verification.workflowId,
    workflowName: workflowNames.verifyIdentity,
    taskQueue: taskQueues.orchestration,
    args: [input],
    summary: `Identity verification · ${name} · tenant ${tenantId}`,
    details: `**Identity verification** ${verification.id} with ${name}.\n\n- [Open in the console](${consoleUrl})\n- Checks: ${verification.checks.join(", ")}\n- Expires: ${verification.expiresAt}`,
    attributes: { TenantId: tenantId, IntegrationId: integration.id, Provider: integration.provider, ProcessKind: "verification", SubjectId: verification.id, ProcessStatus: "created" },
  };
}

function requireIdentityProvider(slug: string, path: string): void {
  const provider = findProvider(slug);
  if (provider === undefined) throw invalidField(path, `"${slug}" is not a provider`);
  if (!provider.manifest.capabilities.includes("identityVerification")) throw invalidField(path, `${provider.manifest.name} does not verify identities`);
}

/** The newest connected integration that can do it; one that lacks credentials is named rather than silently passed over. */
async function chooseIntegration(tx: Tx, tenantId: string, request: VerificationRequest): Promise<Integration> {
  const candidates = await tx.integration.findMany({
    where: {
      tenantId,
      deletedAt: null,
      ...(request.integrationId === undefined ? {} : { id: request.integrationId }),
      ...(request.provider === undefined ? {} : { provider: request.provider }),
    },
    orderBy: { id: "desc" },
  });
  const able = candidates.filter((row) => findProvider(row.provider)?.manifest.capabilities.includes("identityVerification"));
  const usable = able.find((row) => row.credentials !== null && row.status !== "disconnected");
  if (usable !== undefined) return usable;
  if (request.integrationId !== undefined && candidates.length === 0) throw invalidField("/integrationId", "is not an integration of this tenant");
  const [unconnected] = able;
  if (unconnected !== undefined) throw new AppError("integration_not_connected", `Integration ${unconnected.id} (${unconnected.provider}) has no credentials yet.`);
  throw new AppError("integration_not_connected", `The tenant has no connected integration ${request.provider === undefined ? "that verifies identities" : `with ${request.provider}`}.`);
}
