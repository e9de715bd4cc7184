import type { VerificationCheck } from "../../domain/verification.ts";
import type { IdentityVerification, Invitation, ProviderContext } from "../contract.ts";
import { ProviderError } from "../provider-error.ts";
import type { OnfidoCheck, OnfidoRun } from "./answers.ts";
import { findOrCreateApplicant } from "./applicants.ts";
import type { NewOnfidoCheck, OnfidoClient } from "./client.ts";
import { decisionFromCheck, decisionFromRun, notStarted } from "./decision.ts";
import { handOver } from "./documents.ts";
import type { OnfidoCredentials, OnfidoSettings } from "./manifest.ts";

/** A link that ends within this time is as good as ended. */
const LINK_LEFT_MS = 60_000;

/** With a Studio workflow in the settings candidates go through runs of it, otherwise through classic checks. */
export function identityVerification(client: OnfidoClient, context: ProviderContext<OnfidoSettings, OnfidoCredentials>): IdentityVerification {
  const { settings, clock } = context;
  const studio = settings.workflowId !== "";

  /** The run that the candidate is in the middle of, or a new one: the same after a lost answer. */
  async function openRun({ reference, externalId, ttlSeconds }: Invitation): Promise<OnfidoRun> {
    const now = clock.now().getTime();
    const usable = (run: OnfidoRun): boolean => run.status === "awaiting_input" && !(Date.parse(run.link?.expires_at ?? "") < now + LINK_LEFT_MS);
    const open = newestFirst(await client.listRuns(reference)).find(usable);
    if (open !== undefined) return open;
    const expiresAt = new Date(now + ttlSeconds * 1000).toISOString();
    return await client.createRun({ applicant_id: reference, workflow_id: settings.workflowId, tags: [externalId], customer_user_id: externalId, link: { expires_at: expiresAt } });
  }

  /** The same with a classic check, whose form the candidate fills in. Onfido sends no mail: the link is handed out here. */
  async function openCheck({ reference, externalId, checks }: Invitation): Promise<OnfidoCheck> {
    const open = newestFirst(await client.listChecks(reference)).find((check) => check.status === "awaiting_applicant");
    if (open !== undefined) return open;
    return await client.createCheck({
      applicant_id: reference, report_names: reportsFor(checks, { selfie: true }), tags: [externalId], applicant_provides_data: true, suppress_form_emails: true,
    });
  }

  async function checkDocuments(reference: string, checks: VerificationCheck[]): Promise<NewOnfidoCheck> {
    const [documents, photos] = [await client.listDocuments(reference), await client.listLivePhotos(reference)];
    return { applicant_id: reference, report_names: reportsFor(checks, { selfie: photos.length > 0 }), document_ids: documents.map(({ id }) => id) };
  }

  /** Documents always; a face only where there is a picture of it to compare. */
  function reportsFor(checks: VerificationCheck[], { selfie }: { selfie: boolean }): string[] {
    return [
      "document",
      ...(selfie ? ["facial_similarity_photo"] : []),
      ...(checks.includes("address") ? ["proof_of_address"] : []),
      ...(checks.includes("watchlist") ? [settings.watchlistReport] : []),
    ];
  }

  async function decideByRuns(reference: string) {
    const run = latest(await client.listRuns(reference), ["awaiting_input", "abandoned"]);
    return run === undefined ? undefined : decisionFromRun(run, settings);
  }

  async function decideByChecks(reference: string) {
    const check = latest(await client.listChecks(reference), ["awaiting_applicant", "withdrawn"]);
    if (check === undefined) return undefined;
    return decisionFromCheck(check, check.status === "complete" ? await client.listReports(check.id) : [], settings);
  }

  /** Both are looked at: the setting may have changed while the candidate was at it. */
  async function fetchDecision({ reference }: { reference: string }) {
    const [first, second] = studio ? [decideByRuns, decideByChecks] : [decideByChecks, decideByRuns];
    const decision = (await first(reference)) ?? (await second(reference));
    if (decision !== undefined) return decision;
    // An applicant whom Onfido does not know has empty lists too.
    await client.getApplicant(reference);
    return notStarted;
  }

  return {
    async createApplicant(applicant) {
      return { reference: await findOrCreateApplicant(client, clock, applicant) };
    },

    async createInvitation(invitation) {
      if (studio) {
        const run = await openRun(invitation);
        return { url: linkIn(run.link?.url), objects: [{ kind: "workflow_run", reference: run.id }] };
      }
      const check = await openCheck(invitation);
      return { url: linkIn(check.form_uri), objects: objectsOf(check) };
    },

    async createSdkToken(invitation) {
      if (studio) {
        const run = await openRun(invitation);
        if (!run.sdk_token) throw new ProviderError("onfido", "unexpected", "Onfido gave no SDK token for the workflow run");
        return { token: run.sdk_token, objects: [{ kind: "workflow_run", reference: run.id }] };
      }
      const { sdkReferrer: referrer } = settings;
      return await client.createSdkToken({ applicant_id: invitation.reference, ...(referrer === "" ? {} : { referrer }) });
    },

    async submitDocument({ reference, document }) {
      return { reference: (await handOver(client, reference, document)).id };
    },

    async requestCheck({ reference, checks }) {
      const { state } = await fetchDecision({ reference });
      if (state !== "awaiting_candidate" && state !== "needs_input") return {};
      const check = await checkDocuments(reference, checks);
      if (!studio) return { objects: objectsOf(await client.createCheck(check)) };
      // The workflow has to take this input: setup.md says so.
      const documentIds = (check.document_ids ?? []).map((id) => ({ id }));
      const run = await client.createRun({ applicant_id: reference, workflow_id: settings.workflowId, custom_data: { document_ids: documentIds } });
      return { objects: [{ kind: "workflow_run", reference: run.id }] };
    },

    fetchDecision,
  };
}

/** News of a classic check name it or one of its reports, and not the applicant. */
function objectsOf(check: OnfidoCheck): { kind: string; reference: string }[] {
  return [{ kind: "check", reference: check.id }, ...(check.report_ids ?? []).map((reference) => ({ kind: "report", reference }))];
}

function linkIn(url: string | null | undefined): string {
  if (!url) throw new ProviderError("onfido", "unexpected", "Onfido gave no link for the candidate");
  return url;
}

/** The newest that the candidate has been through; one that still waits for them only when there is no other. */
function latest<T extends { status: string; created_at?: string | null | undefined }>(all: readonly T[], notYet: string[]): T | undefined {
  const sorted = newestFirst(all);
  return sorted.find((each) => !notYet.includes(each.status)) ?? sorted[0];
}

function newestFirst<T extends { created_at?: string | null | undefined }>(all: readonly T[]): T[] {
  return all.toSorted((a, b) => (Date.parse(b.created_at ?? "") || 0) - (Date.parse(a.created_at ?? "") || 0));
}
