import { createHmac, randomBytes } from "node:crypto";
import { magicTagsOf, type MagicTag } from "../sandbox-contract.ts";

// Checkr's objects as the stand-in keeps and shows them.

interface Stored {
  id: string;
  /** Never answered: what the stand-in itself needs to know. */
  sandbox: { account: string };
  [field: string]: unknown;
}

export interface StoredCandidate extends Stored {
  email: string;
  custom_id: string | null;
  report_ids: string[];
  sandbox: { account: string; held: HeldEvent[] };
}

export interface StoredInvitation extends Stored {
  status: "pending" | "completed" | "expired";
  candidate_id: string;
  package: string;
  deleted_at: string | null;
  report_id: string | null;
}

export interface StoredReport extends Stored {
  status: "pending" | "complete" | "suspended" | "dispute" | "canceled";
  result: "clear" | "consider" | null;
  adjudication: "engaged" | "pre_adverse_action" | "post_adverse_action" | null;
  candidate_id: string;
  package: string;
  sandbox: { account: string; screenings: SandboxScreening[]; attempts: number };
}

export interface StoredAdverseAction extends Stored {
  status: "pending" | "complete" | "dispute" | "canceled";
  report_id: string;
}

export interface StoredWebhook extends Stored {
  webhook_url: string;
  include_object: boolean;
}

export interface SandboxScreening {
  id: string;
  type: string;
  status: "pending" | "complete" | "suspended" | "canceled";
  result: "clear" | "consider" | null;
}

export interface HeldEvent {
  type: string;
  object: Record<string, unknown>;
}

const basic = ["ssn_trace", "sex_offender_search", "global_watchlist_search", "national_criminal_search", "county_criminal_search"];

export const packages = [
  { slug: "basic_criminal", name: "Basic+ Criminal", screenings: basic },
  { slug: "driver_pro", name: "Driver Pro", screenings: [...basic, "motor_vehicle_report"] },
  { slug: "pro_employment", name: "Professional", screenings: [...basic, "employment_verification", "education_verification"] },
];

/** Under which name a report embeds a screening: some come as lists. */
const embeddedAs: Partial<Record<string, string>> = { county_criminal_search: "county_criminal_searches" };

export function objectId(): string {
  return randomBytes(12).toString("hex");
}

export function tagsOf(candidate: StoredCandidate): MagicTag[] {
  return magicTagsOf(candidate.email);
}

export function shown({ sandbox: _sandbox, ...object }: Stored): Record<string, unknown> {
  return object;
}

/** A report with the screenings that were asked for. */
export function shownReport(report: StoredReport, include: string): Record<string, unknown> {
  const wanted = new Set(include.split(","));
  const embedded = report.sandbox.screenings.flatMap(({ id, type, status, result }) => {
    const name = embeddedAs[type] ?? type;
    const screening = { id, object: type, status, result };
    return wanted.has(name) ? [[name, name === type ? screening : [screening]] as const] : [];
  });
  return { ...shown(report), ...Object.fromEntries(embedded) };
}

export function newReport(input: { account: string; candidate: string; slug: string; workLocations: unknown; source: "form" | "api" }): StoredReport {
  const id = objectId();
  const types = packages.find(({ slug }) => slug === input.slug)?.screenings ?? [];
  const screenings = types.map((type): SandboxScreening => ({ id: objectId(), type, status: "pending", result: null }));
  const ids = screenings.map(({ id: own, type }) => (embeddedAs[type] ? [`${type}_ids`, [own]] : [`${type}_id`, own]));
  const now = new Date();
  return {
    id, object: "report", uri: `/v1/reports/${id}`, status: "pending", result: null, adjudication: null, assessment: null, includes_canceled: false,
    created_at: now.toISOString(), completed_at: null, package: input.slug, source: input.source, candidate_id: input.candidate, archived: false,
    work_locations: input.workLocations, estimated_completion_time: new Date(now.getTime() + 2 * 86_400_000).toISOString(), ...Object.fromEntries(ids),
    sandbox: { account: input.account, screenings, attempts: 0 },
  };
}

/** https://docs.checkr.com/#section/Webhooks: compact JSON, signed with the account's key. */
export function signedEvent(event: HeldEvent, options: { url: string; includeObject: boolean; key: string; now: Date }): { headers: Record<string, string>; body: Buffer } {
  const { id, object } = event.object;
  const body = Buffer.from(JSON.stringify({
    id: objectId(), object: "event", type: event.type, created_at: options.now.toISOString(), webhook_url: options.url,
    data: { object: options.includeObject ? event.object : { id, object } },
  }));
  return { body, headers: signatureHeaders(body, options.key) };
}

export function signatureHeaders(body: Buffer, key: string): Record<string, string> {
  return { "content-type": "application/json", "x-checkr-signature": createHmac("sha256", key).update(body).digest("hex") };
}
