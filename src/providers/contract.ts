import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import type { ProviderDecision, VerificationCheck } from "../domain/verification.ts";
import type { BackgroundCheck } from "./background-check.ts";
import type { Clock } from "../lib/clock.ts";
import type { HttpTransport } from "../lib/http.ts";
import type { SandboxWorld } from "./sandbox-contract.ts";

/**
 * What a provider is to Waystation: data (the manifest), pure functions (the webhook), a client (connect) and a stand-in
 * for the vendor (the sandbox). The platform owns storage, retries, time and the door. One folder per provider, one line
 * in registry.ts; README.md beside this file tells how to add one.
 */
export type ProviderDefinition<Settings = unknown, Credentials = unknown> =
  | ConnectableProvider<Settings, Credentials>
  | ReceivingProvider<Settings, Credentials>;

/** A provider whose API Waystation calls. */
export interface ConnectableProvider<Settings = unknown, Credentials = unknown> {
  manifest: ProviderManifest<Settings, Credentials>;
  /** Opens the vendor's API for one integration and returns only what the vendor can do. No I/O happens here. */
  connect(context: ProviderContext<Settings, Credentials>): ProviderConnection;
  webhook: ProviderWebhook<Settings, Credentials> | NoWebhook;
  sandbox: ProviderSandbox<Credentials, Settings>;
  /**
   * For a vendor that wants its API's requests signed: the headers that carry the signature. Pure; `connect` uses the same
   * code, and `npm run vectors` checks it against published requests.
   */
  signRequest?(request: { secret: string; method: string; pathWithQuery: string; body: Buffer; at: Date }): Record<string, string>;
}

/**
 * A provider that has no client yet: its webhooks are verified, recorded and shown, nothing is asked of it and no process
 * can be started with it. It claims no capability and has no stand-in to talk to.
 */
export interface ReceivingProvider<Settings = unknown, Credentials = unknown> {
  manifest: ReceivingManifest<Settings, Credentials>;
  connect?: undefined;
  webhook: ProviderWebhook<Settings, Credentials>;
  sandbox: Omit<ProviderSandbox<Credentials, Settings>, "routes"> & { routes?: undefined };
  signRequest?: undefined;
}

/** Limits and hosts are facts about the API: they come with the client. */
export type ReceivingManifest<Settings = unknown, Credentials = unknown> =
  Omit<ProviderManifest<Settings, Credentials>, "liveBaseUrl" | "rate" | "usualAnswerMs">;

export type Capability =
  | "identityVerification" | "backgroundCheck" | "eSignature" | "calendar" | "scheduling" | "videoMeeting" | "email" | "sms"
  | "oneTimeCode" | "chat" | "payments" | "payouts" | "tax" | "jobBoard" | "applicantSource" | "employeeDirectory" | "payroll";

export type ProviderCategory =
  | "identity" | "background_check" | "e_signature" | "calendar" | "messaging" | "payments" | "tax" | "payroll" | "hris"
  | "job_board" | "ats" | "video";

export interface ProviderManifest<Settings = unknown, Credentials = unknown> {
  /** Also the folder, the URL segment, the database value and the log field. */
  slug: string;
  name: string;
  category: ProviderCategory;
  capabilities: Capability[];
  auth: "api_key" | "oauth2_code" | "oauth2_client_credentials" | "jwt_grant";
  docs: { api: string; webhooks?: string };
  /** What a tenant chooses: a strict zod object, every field with `.meta({ title, description })`. Defaults make {} valid. */
  settings: z.ZodType<Settings>;
  /** What a tenant must keep secret: a strict zod object; each secret field carries `.meta({ title, secret: true })`. */
  credentials: z.ZodType<Credentials>;
  /** The vendor's own host for these settings, without a trailing slash. Integrations in sandbox mode never use it. */
  liveBaseUrl(settings: Settings): string;
  /** Documented limits of the vendor, per integration. */
  rate: { requests: number; perMs: number; source: string };
  /** How long an answer usually takes once a person has done their part: the first poll waits this long. */
  usualAnswerMs: number;
  /** How the webhook is set up, in a sentence or two of plain words, for the catalogue and the console. */
  webhookSetup: string | null;
  /**
   * From where the vendor sends, as it publishes: a suggestion for an integration's allowedIps, never a rule of ours. The list
   * is as old as `checkedAt`; `source` has the present one.
   */
  webhookSources?: { cidrs: string[]; source: string; checkedAt: string };
}

export interface ProviderContext<Settings = unknown, Credentials = unknown> {
  settings: Settings;
  credentials: Credentials;
  mode: "sandbox" | "live";
  /** Where the vendor's API is: liveBaseUrl(settings), or the sandbox's `SANDBOX_URL/{slug}`. No trailing slash. */
  baseUrl: string;
  http: HttpTransport;
  clock: Clock;
}

/** What an opened integration can do. Processes are written against these members, never against vendors. */
export interface ProviderConnection {
  /** The cheapest authenticated call. @throws ProviderError */
  testConnection(): Promise<void>;
  identityVerification?: IdentityVerification;
  backgroundCheck?: BackgroundCheck;
  /**
   * Makes sure that the vendor tells us: idempotent, so that it may run before every process. A vendor that makes up the
   * webhook's secret itself answers it here, as fields of the credentials to keep.
   */
  webhookSubscription?: { ensure(input: { url: string }): Promise<MadeCredentials | void> };
}

export interface MadeCredentials {
  credentials: Record<string, string>;
}

/** Something that the vendor made for a run: whatever it tells of this is for that run. */
export interface VendorObject {
  kind: string;
  reference: string;
}

export interface Applicant {
  /** Our own id: the vendor keeps it, and a repeated creation with it finds the first object again. */
  externalId: string;
  firstName: string;
  lastName: string;
  email: string;
  phone?: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** YYYY-MM-DD */
  birthDate?: string;
  checks: VerificationCheck[];
}

export interface ApplicantDocument {
  /** The vendor-neutral kind. A selfie is the person's own picture, and its country the one that they live in. */
  kind: DocumentKind;
  /** ISO 3166-1 alpha-2. */
  country: string;
  side?: "front" | "back";
  fileName: string;
  contentType: string;
  content: Buffer;
}

export const documentKinds = ["passport", "id_card", "driving_licence", "residence_permit", "proof_of_address", "selfie"] as const;
export type DocumentKind = (typeof documentKinds)[number];

export interface IdentityVerification {
  /** Creates the applicant, or finds the one that an earlier, unanswered call with the same externalId made. */
  createApplicant(applicant: Applicant): Promise<{ reference: string }>;
  /**
   * A link that the candidate opens to hand in what is asked for. ttlSeconds limits it where the vendor can. `objects` are
   * those that the vendor made for it and may tell of without naming the applicant.
   */
  createInvitation(input: Invitation): Promise<{ url: string; objects?: VendorObject[] }>;
  /** For a host product that shows the vendor's own SDK instead of the link. The token is the candidate's, for this one verification. */
  createSdkToken?(input: Invitation): Promise<{ token: string; objects?: VendorObject[] }>;
  /** Hands a document over; repeating it with the same document makes no second one where the vendor can tell. */
  submitDocument(input: { reference: string; document: ApplicantDocument }): Promise<{ reference: string }>;
  /**
   * Says that everything was handed over through submitDocument, for vendors that wait to be told. A candidate who goes
   * through the invitation needs no such call. Repeating it does no harm.
   */
  requestCheck?(input: { reference: string; checks: VerificationCheck[] }): Promise<{ objects?: VendorObject[] } | void>;
  /** Asks the vendor for the truth. */
  fetchDecision(input: { reference: string }): Promise<ProviderDecision>;
}

export interface Invitation {
  reference: string;
  externalId: string;
  ttlSeconds: number;
  checks: VerificationCheck[];
}

/** An HTTP request as the door received it: raw bytes, nothing parsed. */
export interface RawWebhook {
  method: string;
  /** The URL that the vendor called, built from PUBLIC_URL, with its query. */
  url: string;
  /** Lower-case names. A header sent twice is an array. */
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** What follows the integration's id in the path, for vendors that sign nothing and are given a secret address instead. */
  pathSecret?: string;
}

export type RejectionReason =
  | "no_secret" | "signature_missing" | "signature_malformed" | "signature_mismatch" | "timestamp_missing" | "timestamp_stale"
  | "algorithm_not_allowed";

declare const verifiedBrand: unique symbol;

/** Only a provider's verify makes one (through `verified()`); whatever follows the door accepts nothing else. */
export interface VerifiedWebhook extends RawWebhook {
  readonly [verifiedBrand]: true;
}

export type Verdict = { ok: true; webhook: VerifiedWebhook } | { ok: false; reason: RejectionReason };

export function verified(webhook: RawWebhook): Verdict {
  return { ok: true, webhook: webhook as VerifiedWebhook };
}

export function rejected(reason: RejectionReason): Verdict {
  return { ok: false, reason };
}

/** One piece of news inside a verified webhook. It is a hint: the process asks the vendor's API for the truth. */
export interface News {
  /** The vendor's event id, or what stands for it; the same for every repetition of the same news. At most 300 characters. */
  externalId: string;
  /** The vendor's own event type. */
  type: string;
  occurredAt: Date | null;
  /** The object it is about, as the process recorded it as an external reference; null when nobody can be waiting for it. */
  about: { kind: string; reference: string } | null;
  /** The vendor's account that it names. */
  account?: string | undefined;
  /** The vendor says that nothing real has happened: its own test mode. */
  test?: boolean | undefined;
}

/** A signed body that does not read as the vendor documents it: kept, acknowledged and never processed. The message names no values. */
export class WebhookFormatError extends Error {
  override readonly name = "WebhookFormatError";
}

/** A signed body that is larger than anything the vendor sends: answered 413, and nothing of it is kept. */
export class WebhookSizeError extends WebhookFormatError {}

export interface WebhookAnswer {
  status: number;
  headers?: Record<string, string>;
  contentType?: string;
  body?: string;
}

/** What a verifier is given beside the request. `credentials` lists every set that is valid now: any may match. */
export interface VerifyInput<Settings = unknown, Credentials = unknown> {
  credentials: Credentials[];
  settings: Settings;
  now: Date;
}

/** How a vendor asks whether we are there; null when the request asks nothing of the kind. */
export type Handshake = { ok: true; answer: WebhookAnswer } | { ok: false; reason: RejectionReason } | null;

export interface ProviderWebhook<Settings = unknown, Credentials = unknown> {
  /** The scheme in words, for the catalogue. */
  scheme: string;
  /**
   * Pure. Fails closed: no secret, no header, a stale time or an unexpected algorithm are rejections. `credentials` lists
   * every set that is valid now: more than one during a rotation's overlap; any may match.
   */
  verify(webhook: RawWebhook, input: VerifyInput<Settings, Credentials>): Verdict;
  /** Pure. @throws WebhookFormatError */
  parse(webhook: VerifiedWebhook): News[];
  /** What the vendor expects back when all is well; 200 with an empty body when absent. */
  answer?: WebhookAnswer;
  /** The media types that the vendor sends; any other is refused. `application/json` alone when absent. */
  contentTypes?: readonly string[];
  /** The vendor's account that the settings name, if they do: news that name another one are not for this integration. */
  accountIn?(settings: Settings): string | undefined;
  /** How old a signed time may be. Absent when the scheme signs no time: then only the news' externalId stops a replay. */
  toleranceSeconds?: number;
  /**
   * Present where the signature does not cover the payload byte by byte: what the secret does vouch for. The rest of such a
   * request may be anybody's, so it is only a hint that something happened: the vendor's API must be asked.
   */
  vouchesFor?(webhook: RawWebhook): string[];
  /**
   * Answers a challenge. Pure, and nothing is recorded. What a stranger sends is repeated only short and as plain text, and
   * never in a form that would be a signature of something else.
   */
  handshake?(webhook: RawWebhook, input: VerifyInput<Settings, Credentials>): Handshake;
  /** The vendor's challenge comes by GET. */
  challengedByGet?: true;
  /** The field of the credentials that the vendor is given as the last segment of the address. */
  secretInPath?: string;
  /** The settings and credentials under which `npm run vectors` judges a published request: it tells its secret and, in words, its algorithm. */
  forKnownAnswer?(entry: { secret: string; algorithm: string }): { credentials: Credentials; settings: Settings };
}

export interface NoWebhook {
  none: true;
  reason: string;
}

export function hasWebhook<S, C>(webhook: ProviderWebhook<S, C> | NoWebhook): webhook is ProviderWebhook<S, C> {
  return !("none" in webhook);
}

export interface ProviderSandbox<Credentials = unknown, Settings = unknown> {
  /**
   * Credentials that this sandbox accepts for one account. `derive(label)` gives 64 hex characters that both sides can
   * compute, so that nothing needs to be registered first.
   */
  credentials(input: { account: string; derive(label: string): string }): Credentials;
  /** The vendor's routes, mounted below `/{slug}` of the sandbox. */
  routes(app: FastifyInstance, world: SandboxWorld): void;
  /**
   * A webhook as the vendor would send it now, with the headers of its scheme; required where there are webhooks, as the
   * contract suite alters it in many ways. `type` asks for an event of that type, `body` for these very bytes, signed.
   */
  exampleWebhook?(input: {
    credentials: Credentials;
    settings: Settings;
    now: Date;
    type?: string;
    body?: Buffer;
    /** As for `credentials`: a vendor that signs with a private key has the private half from here. */
    derive(label: string): string;
  }): RawWebhook;
}

export function isConnectable(provider: ProviderDefinition): provider is ConnectableProvider {
  return provider.connect !== undefined;
}

/** Keeps the two types of a provider together while the registry forgets them. */
export function defineProvider<Settings, Credentials>(definition: ProviderDefinition<Settings, Credentials>): ProviderDefinition {
  return definition as unknown as ProviderDefinition;
}
