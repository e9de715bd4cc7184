import type { Clock } from "../../lib/clock.ts";
import type { BackgroundCheck, BackgroundCheckCandidate, BackgroundCheckInvitation, BackgroundCheckOrder, FetchedReport } from "../background-check.ts";
import { ProviderError } from "../provider-error.ts";
import { adverseAction } from "./adverse-action.ts";
import type { CheckrClient } from "./client.ts";
import { keyOf } from "./idempotency-key.ts";
import { reportFrom, reportFromInvitation } from "./report.ts";
import type { CheckrInvitation, CheckrReport } from "./schemas.ts";
import { screeningKind } from "./screenings.ts";

export function backgroundCheck(client: CheckrClient, clock: Clock): BackgroundCheck {
  return {
    async listPackages() {
      const packages = (await client.listPackages()).filter((one) => !one.deleted_at);
      return packages.map(({ slug, name, screenings }) => ({
        reference: slug, name, screenings: [...new Set((screenings ?? []).map(({ type }) => screeningKind(type)))],
      }));
    },

    async createCandidate(candidate) {
      // The key is forgotten after 24 hours and our id is not: a retry may come days later.
      const known = (await client.findCandidates(candidate.externalId)).find(({ custom_id }) => custom_id === candidate.externalId);
      return { reference: (known ?? (await client.createCandidate(toCheckr(candidate), keyOf("candidate", candidate.externalId)))).id };
    },

    invite: (order) => invite(client, order),

    async placeOrder({ candidateReference, externalId, packageReference, workLocation }) {
      const { report_ids } = await client.getCandidate(candidateReference);
      // The candidate was made for this check alone: a report of it is the one that an unanswered call ordered.
      const known = report_ids?.at(-1);
      const body = { candidate_id: candidateReference, package: packageReference, work_locations: workLocations(workLocation) };
      return { order: { kind: "report", reference: known ?? (await client.createReport(body, keyOf("report", externalId))).id } };
    },

    async fetchReport({ order }) {
      const asOfMs = clock.now().getTime();
      if (order.kind === "report") return fetched(await client.getReport(order.reference), asOfMs);
      const invitation = await client.getInvitation(order.reference);
      if (invitation.report_id) return fetched(await client.getReport(invitation.report_id), asOfMs);
      return { report: reportFromInvitation(invitation, asOfMs), reportReference: null, related: [], estimatedAt: null };
    },

    async engage({ reportReference }) {
      const { adjudication } = await client.getReport(reportReference);
      if (adjudication !== "engaged") await client.engage(reportReference);
    },

    async cancel({ order }) {
      const reportId = order.kind === "report" ? order.reference : await withdraw(client, order.reference);
      if (reportId === null) return;
      const { status } = await client.getReport(reportId);
      if (status === "pending" || status === "suspended") await client.completeReport(reportId);
    },

    adverseAction: adverseAction(client),
  };
}

/** The invitation that is there already, unless it came to nothing: then a new one. */
async function invite(client: CheckrClient, order: BackgroundCheckOrder): Promise<BackgroundCheckInvitation> {
  const { candidateReference, externalId, packageReference, workLocation } = order;
  const invitations = (await client.listInvitations(candidateReference)).filter((one) => one.package === packageReference);
  const open = invitations.find((one) => !one.deleted_at && !one.archived && one.status !== "expired");
  if (open !== undefined) return invited(open);
  const body = { candidate_id: candidateReference, package: packageReference, work_locations: workLocations(workLocation) };
  // Counted, or Checkr would answer with the one that has just expired.
  return invited(await client.createInvitation(body, keyOf("invitation", `${externalId}/${packageReference}/${invitations.length}`)));
}

function invited(invitation: CheckrInvitation): BackgroundCheckInvitation {
  return { order: { kind: "invitation", reference: invitation.id }, url: invitation.invitation_url ?? null, expiresAt: invitation.expires_at ?? null };
}

/** Takes an invitation back; the report's id if the candidate was quicker. */
async function withdraw(client: CheckrClient, invitationId: string): Promise<string | null> {
  const { status, deleted_at, report_id } = await client.getInvitation(invitationId);
  if (report_id) return report_id;
  if (status !== "pending" || deleted_at) return null;
  try {
    await client.deleteInvitation(invitationId);
    return null;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== "invalid") throw error;
    return (await client.getInvitation(invitationId)).report_id ?? null;
  }
}

function fetched(report: CheckrReport, asOfMs: number): FetchedReport {
  return {
    report: reportFrom(report, asOfMs),
    reportReference: report.id,
    related: [{ kind: "report", reference: report.id }],
    estimatedAt: report.estimated_completion_time ?? null,
  };
}

/** https://docs.checkr.com/#section/Getting-Started/Supported-characters; a last name has two at least. */
const supportedName = /^[a-zA-Z0-9ªµºÀ-ÖØ-öø-ÿ\-'., ]+$/;

function toCheckr(candidate: BackgroundCheckCandidate): object {
  const { firstName, lastName } = candidate;
  const writable = supportedName.test(firstName) && supportedName.test(lastName) && lastName.length >= 2;
  return {
    custom_id: candidate.externalId,
    // A name that Checkr can't write is left to the candidate, whom its form asks for it: refused, the check would never begin.
    ...(writable ? { first_name: firstName, last_name: lastName } : {}),
    email: candidate.email,
    ...(candidate.phone === undefined ? {} : { phone: candidate.phone }),
    ...(candidate.birthDate === undefined ? {} : { dob: candidate.birthDate }),
  };
}

function workLocations({ country, region, city }: BackgroundCheckOrder["workLocation"]): object[] {
  return [{ country, ...(region === undefined ? {} : { state: region }), ...(city === undefined ? {} : { city }) }];
}
