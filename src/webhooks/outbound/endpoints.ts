import { crc32 } from "node:zlib";
import type { Caller, Platform } from "../../context.ts";
import type { Database, Tx } from "../../db/client.ts";
import { recordAudit } from "../../db/repositories/audit.ts";
import { signalNames } from "../../domain/processes.ts";
import { endpointRecoveryWorkflowId } from "../../domain/workflow-ids.ts";
import { Prisma, type WebhookEndpoint } from "../../generated/prisma/client.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { isId, newId } from "../../lib/ids.ts";
import { retireAllFormer } from "../../rotation/retire.ts";
import { sendAll } from "../../rotation/send-all.ts";
import type { VaultPlace } from "../../security/vault.ts";
import { checkWebhookUrl } from "../../security/webhook-url.ts";
import { enqueueCommand, sendCommandSoon } from "../../temporal/outbox.ts";
import { openSecretHeaders, secretHeadersPlace, type PayloadMode } from "./content.ts";
import type { Filter } from "./filter.ts";
import { notifyDue } from "./notify-due.ts";
import { generateEndpointSecret } from "./sign.ts";

/** What a tenant says about an endpoint; an absent field stays as it is, or takes its default. */
export interface EndpointInput {
  url: string;
  eventTypes?: string[] | undefined;
  description?: string | null | undefined;
  headers?: Record<string, string> | undefined;
  /** Stored sealed and never shown again; replaces all of them. */
  secretHeaders?: Record<string, string> | null | undefined;
  channels?: string[] | undefined;
  filter?: Filter | null | undefined;
  payloadMode?: PayloadMode | undefined;
  rateLimit?: number | null | undefined;
  ordered?: boolean | undefined;
  /** Seconds before attempts 2, 3, …; empty means the default. */
  retrySchedule?: number[] | undefined;
  enabled?: boolean | undefined;
}

export function secretPlace(tenantId: string, id: string): VaultPlace {
  return { tenantId, table: "webhook_endpoint", column: "secret", id };
}

export type EndpointStatus = "healthy" | "degraded" | "disabled";

/** An endpoint as the API and the audit log show it: no secret, header values masked. */
export async function toEndpointResource(platform: Pick<Platform, "vault">, row: WebhookEndpoint) {
  const secretNames = Object.keys(await openSecretHeaders(platform, row));
  const headers = Object.entries((row.headers ?? {}) as Record<string, string>).map(([name, value]) => [name, mask(value)]);
  return {
    id: row.id,
    url: row.url,
    eventTypes: row.eventTypes,
    description: row.description,
    headers: Object.fromEntries(headers) as Record<string, string>,
    secretHeaders: Object.fromEntries(secretNames.map((name) => [name, "••••"])) as Record<string, string>,
    channels: row.channels,
    filter: row.filter as Filter | null,
    payloadMode: row.payloadMode as PayloadMode,
    enabled: row.enabled,
    status: (row.enabled ? row.status : "disabled") as EndpointStatus,
    rateLimit: row.rateLimit,
    ordered: row.ordered,
    retrySchedule: row.retrySchedule,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

/** A short value's last characters would be most of it. */
function mask(value: string): string {
  return value.length < 12 ? "••••" : `••••${value.slice(-4)}`;
}

/** Undefined leaves what is stored; null and an empty object clear it. */
async function sealHeaders(platform: Platform, tenantId: string, id: string, headers: Record<string, string> | null | undefined) {
  if (headers === undefined) return undefined;
  if (headers === null || Object.keys(headers).length === 0) return null;
  return await platform.vault.sealJson(secretHeadersPlace(tenantId, id), headers);
}

function filterColumn(filter: Filter | null | undefined): Prisma.InputJsonObject | typeof Prisma.DbNull | undefined {
  return filter === null ? Prisma.DbNull : (filter as Prisma.InputJsonObject | undefined);
}

/** @throws AppError url_not_allowed */
export function assertUrlAllowed(platform: Platform, url: string): void {
  const errors = checkWebhookUrl(url, platform.addressRules, { allowHttp: !platform.config.production });
  if (errors.length > 0) throw new AppError("url_not_allowed", "The URL cannot be used for webhooks; see errors.", { errors });
}

export async function createEndpoint(platform: Platform, tenantId: string, input: EndpointInput, caller: Caller): Promise<{ row: WebhookEndpoint; secret: string }> {
  assertUrlAllowed(platform, input.url);
  const id = newId("ep");
  const secret = generateEndpointSecret();
  const sealed = new Uint8Array(await platform.vault.seal(secretPlace(tenantId, id), Buffer.from(secret, "utf8")));
  const secretHeaders = (await sealHeaders(platform, tenantId, id, input.secretHeaders)) ?? null;
  const enabled = input.enabled ?? true;
  const row = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const created = await tx.webhookEndpoint.create({
      data: {
        id,
        tenantId,
        url: input.url,
        eventTypes: input.eventTypes ?? [],
        description: input.description ?? null,
        headers: input.headers ?? {},
        secretHeaders,
        channels: input.channels ?? [],
        filter: filterColumn(input.filter ?? null),
        payloadMode: input.payloadMode ?? "full",
        enabled,
        status: enabled ? "healthy" : "disabled",
        secret: sealed,
        retrySchedule: input.retrySchedule ?? [],
        rateLimit: input.rateLimit ?? null,
        ordered: input.ordered ?? false,
        shard: crc32(id) % platform.config.webhookShards,
      },
    });
    await recordAudit(tx, tenantId, caller, { action: "webhook_endpoint.created", subjectType: "webhook_endpoint", subjectId: id, after: await toEndpointResource(platform, created) });
    return created;
  });
  return { row, secret };
}

/** Locked until the transaction ends, so that two changes of one endpoint come one after the other. @throws AppError not_found */
export async function lockEndpoint(tx: Tx, tenantId: string, id: string): Promise<WebhookEndpoint> {
  if (!isId("ep", id)) throw notFound("webhook endpoint");
  await tx.$queryRaw`SELECT 1 FROM webhook_endpoint WHERE tenant_id = ${tenantId} AND id = ${id} FOR UPDATE`;
  return await findEndpoint(tx, tenantId, id);
}

/** @throws AppError not_found */
export async function findEndpoint(tx: Tx, tenantId: string, id: string): Promise<WebhookEndpoint> {
  const row = isId("ep", id) ? await tx.webhookEndpoint.findFirst({ where: { tenantId, id, deletedAt: null } }) : null;
  if (row === null) throw notFound("webhook endpoint");
  return row;
}

export async function listEndpoints(db: Database, tenantId: string, page: { limit: number; cursor?: string | undefined }): Promise<WebhookEndpoint[]> {
  const before = page.cursor === undefined ? {} : { id: { lt: page.cursor } };
  return await db.tenantTransaction(tenantId, (tx) =>
    tx.webhookEndpoint.findMany({ where: { tenantId, deletedAt: null, ...before }, orderBy: { id: "desc" }, take: page.limit + 1 }),
  );
}

export async function updateEndpoint(platform: Platform, tenantId: string, id: string, input: Partial<EndpointInput>, caller: Caller): Promise<WebhookEndpoint> {
  const secretHeaders = await sealHeaders(platform, tenantId, id, input.secretHeaders);
  const { after, commandId } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const before = await lockEndpoint(tx, tenantId, id);
    if (input.url !== undefined) assertUrlAllowed(platform, input.url);
    const enabling = input.enabled === true && !before.enabled;
    const disabling = input.enabled === false && before.enabled;
    const { url, eventTypes, description, headers, rateLimit, ordered, retrySchedule, enabled, channels, payloadMode } = input;
    const after = await tx.webhookEndpoint.update({
      where: { id },
      data: {
        // Prisma leaves a field alone that is undefined.
        url, eventTypes, description, headers, rateLimit, ordered, retrySchedule, enabled, channels, payloadMode, secretHeaders,
        filter: filterColumn(input.filter),
        ...(enabling ? { status: "healthy", failingSince: null, failureWarnedAt: null, consecutiveFailures: 0, slowUntil: null } : {}),
        ...(disabling ? { status: "disabled" } : {}),
        updatedAt: platform.clock.now(),
      },
    });
    if (disabling) await holdWaiting(tx, id);
    if (enabling) await releaseHeld(tx, after);
    const action = enabling ? "webhook_endpoint.enabled" : disabling ? "webhook_endpoint.disabled" : "webhook_endpoint.updated";
    await recordAudit(tx, tenantId, caller, {
      action, subjectType: "webhook_endpoint", subjectId: id, before: await toEndpointResource(platform, before), after: await toEndpointResource(platform, after),
    });
    return { after, commandId: enabling || disabling ? await endRecoveryRun(tx, tenantId, id, caller) : null };
  });
  if (commandId !== null) await sendCommandSoon(platform, commandId);
  return after;
}

/** A person's change overtakes the recovery: its run, if there is one, ends and leaves the endpoint as it is. */
async function endRecoveryRun(tx: Tx, tenantId: string, endpointId: string, caller: Caller): Promise<string | null> {
  const workflowId = endpointRecoveryWorkflowId(endpointId);
  const open = await tx.run.count({ where: { tenantId, workflowId, closedAt: null } });
  return open === 0 ? null : await enqueueCommand(tx, tenantId, { kind: "signal", workflowId, signalName: signalNames.cancelRequested, args: [caller.actor] });
}

const noLease = { leaseUntil: null, leaseToken: null };

async function holdWaiting(tx: Tx, endpointId: string): Promise<void> {
  await tx.webhookDelivery.updateMany({ where: { endpointId, status: { in: ["pending", "retrying"] } }, data: { status: "held", nextAttemptAt: null, updatedAt: new Date(), ...noLease } });
}

async function releaseHeld(tx: Tx, endpoint: WebhookEndpoint): Promise<void> {
  await tx.webhookDelivery.updateMany({ where: { endpointId: endpoint.id, status: "held" }, data: { status: "pending", nextAttemptAt: new Date(), updatedAt: new Date(), ...noLease } });
  await notifyDue(tx, [endpoint.shard]);
}

/** The row stays for the deliveries that point to it; what waits is cancelled, the secrets are gone. */
export async function deleteEndpoint(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<void> {
  const commandIds = await platform.db.tenantTransaction(tenantId, async (tx) => {
    const before = await lockEndpoint(tx, tenantId, id);
    const now = platform.clock.now();
    await tx.webhookEndpoint.update({
      where: { id },
      data: { deletedAt: now, updatedAt: now, enabled: false, status: "disabled", secret: new Uint8Array(), previousSecret: null, previousSecretUntil: null, headers: {}, secretHeaders: null },
    });
    await tx.webhookDelivery.updateMany({
      where: { endpointId: id, status: { in: ["pending", "retrying", "held"] } },
      data: { status: "cancelled", nextAttemptAt: null, updatedAt: now, ...noLease },
    });
    await recordAudit(tx, tenantId, caller, { action: "webhook_endpoint.deleted", subjectType: "webhook_endpoint", subjectId: id, before: await toEndpointResource(platform, before) });
    const retired = await retireAllFormer(tx, { tenantId, kind: "webhook_endpoint", subjectId: id }, { by: caller, now, reason: "the endpoint was deleted" });
    const recovery = await endRecoveryRun(tx, tenantId, id, caller);
    return recovery === null ? retired : [...retired, recovery];
  });
  await sendAll(platform, commandIds);
}

/** An example of an event: without a type it is `webhook.test`. */
export interface ExampleEvent {
  type?: string | undefined;
  payload?: Record<string, unknown> | undefined;
}

/** Publishes an example to this endpoint alone, whatever types it wants. @throws AppError illegal_state when it is disabled */
export async function sendTest(platform: Platform, tenantId: string, id: string, example: ExampleEvent, caller: Caller): Promise<{ id: string; type: string; createdAt: Date }> {
  return await platform.db.tenantTransaction(tenantId, async (tx) => {
    const endpoint = await findEndpoint(tx, tenantId, id);
    if (!endpoint.enabled) throw new AppError("illegal_state", "The endpoint is disabled; enable it first.");
    const event = await tx.webhookEvent.create({
      data: {
        id: newId("evt"), tenantId, onlyEndpointId: id, type: example.type ?? "webhook.test",
        payload: (example.payload ?? { endpointId: id, message: "This is a test." }) as Prisma.InputJsonObject,
      },
      select: { id: true, type: true, createdAt: true },
    });
    const now = new Date();
    await tx.webhookDelivery.create({ data: { id: newId("dlv"), tenantId, eventId: event.id, endpointId: id, shard: endpoint.shard, status: "pending", nextAttemptAt: now } });
    await notifyDue(tx, [endpoint.shard]);
    await recordAudit(tx, tenantId, caller, { action: "webhook_endpoint.tested", subjectType: "webhook_endpoint", subjectId: id, after: { eventId: event.id, type: event.type } });
    return event;
  });
}
