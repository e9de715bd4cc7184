import type { Actor } from "../../../src/domain/processes.ts";
import type { AttemptError } from "../../../src/domain/attempt-errors.ts";
import type { ReviewPolicy, VerificationCheck, VerificationResult, VerificationStatus } from "../../../src/domain/verification.ts";

/** The API's answers, as far as the console reads them. The words themselves come from src/domain. */

export type Page<T> = { data: T[]; nextCursor: string | null };

export interface FieldError {
  path: string;
  message: string;
}

export interface ProblemBody {
  title?: string | undefined;
  detail?: string | undefined;
  requestId?: string | undefined;
  errors?: FieldError[] | undefined;
}

export interface Tenant {
  id: string;
  name: string;
}

export interface Provider {
  slug: string;
  name: string;
  category: string;
  capabilities: string[];
  auth: string;
  webhook: { scheme: string; setup: string | null; sources: { cidrs: string[]; source: string; checkedAt: string } | null } | null;
  docs: { api: string; webhooks?: string };
}

export type Mode = "sandbox" | "live";
export type IntegrationStatus = "connected" | "needs_attention" | "disconnected";

/** Replaced and still valid. Of an endpoint's nobody can see the use. */
export interface FormerSecret {
  id: string;
  replacedAt: string;
  validUntil: string;
  lastUsedAt: string | null;
  uses: number | null;
}

export interface Integration {
  id: string;
  provider: string;
  mode: Mode;
  status: IntegrationStatus;
  credentials: Record<string, { last4: string; setAt: string }>;
  webhookUrl: string | null;
  /** Null is any address, an empty list none. */
  allowedIps: string[] | null;
  webhookRateLimit: number | null;
  rotation: FormerSecret[];
  health: { ok?: boolean | null; checkedAt?: string | null; lastError?: string | null } | null;
  createdAt: string;
}

export interface CandidateInput {
  firstName: string;
  lastName: string;
  email: string;
  country?: string;
}

export interface VerificationInput {
  checks: VerificationCheck[];
  candidate: CandidateInput;
  provider?: string;
  reviewPolicy: ReviewPolicy;
}

export interface Attempt {
  provider: string;
  status?: string;
  result?: VerificationResult | null;
  reference?: string | null;
  startedAt?: string;
  endedAt?: string | null;
}

export interface Verification {
  id: string;
  status: VerificationStatus;
  result: VerificationResult | null;
  reasons: string[];
  checks?: VerificationCheck[];
  reviewPolicy?: ReviewPolicy;
  provider: string;
  attempts?: Attempt[];
  candidate: { id: string } & Partial<CandidateInput>;
  inviteUrl?: string | null;
  expiresAt?: string | null;
  workflowId: string;
  webUrl: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface TimelineEntry {
  at: string;
  kind: string;
  actor: Actor;
  summary: string;
  details?: Record<string, unknown> | null;
}

export interface Run {
  workflowId: string;
  kind: string;
  status: string;
  step: string;
  problem: string | null;
  nextTimer: string | null;
  webUrl: string | null;
}

export const inboundStatuses = ["received", "processed", "parked", "rejected"] as const;
export type InboundStatus = (typeof inboundStatuses)[number];

export interface InboundEvent {
  id: string;
  provider: string;
  integrationId: string;
  externalId: string | null;
  type: string | null;
  status: InboundStatus;
  reason: string | null;
  duplicates: number;
  conflicts: number;
  workflowId: string | null;
  sourceIp: string | null;
  receivedAt: string;
  processedAt: string | null;
}

export interface InboundBody {
  encoding: "utf8" | "base64";
  body: string;
}

export const deliveryStatuses = ["pending", "delivered", "retrying", "held", "failed", "expired", "cancelled"] as const;
export type DeliveryStatus = (typeof deliveryStatuses)[number];

export interface DeliveryAttempt {
  number?: number;
  at: string;
  statusCode: number | null;
  latencyMs: number | null;
  responseBody?: string | null;
  error?: AttemptError | null;
}

export interface Delivery {
  id: string;
  eventId: string;
  eventType?: string;
  endpointId: string;
  status: DeliveryStatus;
  /** A count in lists; every attempt when one delivery is read. */
  attempts: number | DeliveryAttempt[];
  nextAttemptAt: string | null;
  lastStatusCode: number | null;
  createdAt: string;
}

export type EndpointStatus = "healthy" | "degraded" | "disabled";

export interface WebhookEndpoint {
  id: string;
  url: string;
  description: string | null;
  eventTypes: string[];
  channels: string[];
  filter: Record<string, unknown> | null;
  payloadMode: "full" | "thin";
  status: EndpointStatus;
  rateLimit: number | null;
  /** Only where one endpoint is read. */
  rotation?: FormerSecret[];
  createdAt: string;
}

export const statsWindows = ["1h", "24h", "7d", "30d"] as const;
export type StatsWindow = (typeof statsWindows)[number];

export interface EndpointStats {
  attempts: number;
  delivered: number;
  failed: number;
  successRate: number | null;
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  byStatusCode: Record<string, number>;
  backlog: { pending: number; retrying: number; held: number };
  oldestWaitingAt: string | null;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: Actor;
  sourceIp: string | null;
  action: string;
  subjectType: string;
  subjectId: string;
  before: unknown;
  after: unknown;
}

export interface AuditVerdict {
  valid: boolean;
  entries: number;
  head: { id: string; hash: string } | null;
  firstBroken: { id: string | null; reason: "edited" | "deleted" | "inserted" | "reordered" | "cut" | "rewritten" } | null;
}

export interface RecoveryJob {
  id: string;
  status: "running" | "done" | "cancelled";
  matched: number;
  done: number;
}
