import { randomBytes, randomUUID } from "node:crypto";
import type { SandboxWorld } from "../sandbox-contract.ts";

/** `sandbox` is what the stand-in itself needs to know; it is never answered. */
export interface StoredApplicant {
  id: string;
  created_at: string;
  email?: string;
  sandbox: { account: string; submissions: number };
  [field: string]: unknown;
}

/** A person's way through Onfido: a run of a Studio workflow, or a classic check with its reports. */
export interface StoredAttempt {
  id: string;
  kind: "workflow_run" | "check";
  applicant_id: string;
  status: string;
  created_at: string;
  sandbox: { account: string; held: StoredEvent[] };
  [field: string]: unknown;
}

export interface StoredReport {
  id: string;
  check_id: string;
  name: string;
  [field: string]: unknown;
}

export interface StoredEvent {
  resource_type: string;
  action: string;
  object: Record<string, unknown>;
  resource?: Record<string, unknown>;
}

export interface StoredWebhook {
  id: string;
  account: string;
  url: string;
  enabled: boolean;
  events: string[];
  environments: string[];
  token: string;
  payload_version: number;
  [field: string]: unknown;
}

const typeOf = { workflow_run: "workflow_runs", check: "checks" } as const;

/** Onfido's objects, each visible to its own account only. Lists have the newest first. */
export class OnfidoStore {
  private readonly world: SandboxWorld;

  constructor(world: SandboxWorld) {
    this.world = world;
  }

  applicant(account: string, id: unknown): StoredApplicant | undefined {
    const applicant = this.world.objects("applicants").get(String(id)) as StoredApplicant | undefined;
    return applicant?.sandbox.account === account ? applicant : undefined;
  }

  applicants(account: string): StoredApplicant[] {
    return (this.world.objects("applicants").list() as StoredApplicant[]).filter((each) => each.sandbox.account === account).reverse();
  }

  saveApplicant(applicant: StoredApplicant): void {
    this.world.objects("applicants").put(applicant.id, applicant);
  }

  attempt(kind: StoredAttempt["kind"], id: string): StoredAttempt | undefined {
    return this.world.objects(typeOf[kind]).get(id) as StoredAttempt | undefined;
  }

  attempts(kind: StoredAttempt["kind"], applicantId: string): StoredAttempt[] {
    return (this.world.objects(typeOf[kind]).list() as StoredAttempt[]).filter((each) => each.applicant_id === applicantId).reverse();
  }

  saveAttempt(attempt: StoredAttempt): void {
    this.world.objects(typeOf[attempt.kind]).put(attempt.id, attempt);
  }

  reports(checkId: string): StoredReport[] {
    return (this.world.objects("reports").list() as StoredReport[]).filter((each) => each.check_id === checkId);
  }

  saveReport(report: StoredReport): void {
    this.world.objects("reports").put(report.id, report);
  }

  /** Documents or live photos. */
  files(type: "documents" | "live_photos", applicantId: string): Record<string, unknown>[] {
    return this.world.objects(type).list().filter((each) => each["applicant_id"] === applicantId).reverse();
  }

  webhooks(account: string): StoredWebhook[] {
    return (this.world.objects("webhooks").list() as StoredWebhook[]).filter((each) => each.account === account);
  }
}

/** As Onfido writes times: to the second. */
export function onfidoTime(date = new Date()): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

export function newAttempt(kind: StoredAttempt["kind"], account: string, applicantId: string, fields: Record<string, unknown>): StoredAttempt {
  return { ...fields, id: randomUUID(), kind, applicant_id: applicantId, status: "", created_at: onfidoTime(), sandbox: { account, held: [] } };
}

/** The last part of a link that only its candidate knows. */
export function linkSecret(): string {
  return randomBytes(16).toString("base64url");
}

export function visible({ sandbox: _sandbox, kind: _kind, account: _account, ...object }: Record<string, unknown>): Record<string, unknown> {
  return object;
}
