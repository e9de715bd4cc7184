import type { Caller, Platform } from "../context.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import type { Integration, Prisma } from "../generated/prisma/client.ts";
import { AppError, invalidField, notFound } from "../lib/errors.ts";
import { newId } from "../lib/ids.ts";
import { bestEffort } from "../lib/logger.ts";
import { isConnectable, type ProviderDefinition } from "../providers/contract.ts";
import { findProvider } from "../providers/registry.ts";
import { sandboxCredentialsFor } from "../providers/sandbox-credentials.ts";
import { publishEvents } from "../webhooks/outbound/publish.ts";
import { formerBySubject, lockSubject } from "../rotation/former-secrets.ts";
import { retireAllFormer } from "../rotation/retire.ts";
import { sendAll } from "../rotation/send-all.ts";
import { checkConnection } from "./check-connection.ts";
import { sealCredentials, validate } from "./credentials.ts";
import { doorColumns, type DoorSettings } from "./door-settings.ts";
import { toIntegrationResource, type IntegrationDetail } from "./resource.ts";

export interface IntegrationInput {
  provider: string;
  mode: "sandbox" | "live";
  settings: Record<string, unknown>;
  credentials?: Record<string, unknown> | undefined;
  door?: DoorSettings | undefined;
}

/**
 * Connects a provider. In sandbox mode the credentials are made for it; a live one without credentials is kept as
 * disconnected. The connection is tried before the answer, which shows what came of it; a provider that only sends webhooks
 * so far has none to try.
 * @throws AppError invalid, naming the field below /settings or /credentials.
 */
export async function createIntegration(platform: Platform, tenantId: string, input: IntegrationInput, caller: Caller): Promise<IntegrationDetail> {
  const provider = findProvider(input.provider);
  if (provider === undefined) throw invalidField("/provider", `"${input.provider}" is not a provider`);
  const id = newId("int");
  const settings = validate(provider.manifest.settings, input.settings, "/settings");
  const given = readCredentials(platform, provider, id, input);
  await platform.db.tenantTransaction(tenantId, async (tx) => {
    const row = await tx.integration.create({
      data: {
        id, tenantId, provider: input.provider, mode: input.mode, status: given === null ? "disconnected" : "connected",
        settings: settings as Prisma.InputJsonValue, ...doorColumns(input.door), ...(given === null ? {} : await sealCredentials(platform, tenantId, id, given)),
      },
    });
    const created = toIntegrationResource(platform, row);
    await recordAudit(tx, tenantId, caller, { action: "integration.created", subjectType: "integration", subjectId: id, after: created });
    if (given !== null) await publishEvents(tx, tenantId, [{ type: "integration.connected", payload: created }]);
  });
  if (given !== null && isConnectable(provider)) await bestEffort(checkConnection(platform, tenantId, id), "the integration shows its health", platform.logger);
  return await getIntegration(platform, tenantId, id);
}

/** Changes settings, credentials, or who may send how much; the connection is tried again where the provider could notice. */
export async function updateIntegration(
  platform: Platform,
  tenantId: string,
  id: string,
  change: { settings?: Record<string, unknown> | undefined; credentials?: Record<string, unknown> | undefined; door?: DoorSettings | undefined },
  caller: Caller,
): Promise<IntegrationDetail> {
  const before = await load(platform, tenantId, id);
  const provider = findProvider(before.provider);
  if (provider === undefined) throw notFound("provider");
  const settings = change.settings === undefined ? undefined : validate(provider.manifest.settings, change.settings, "/settings");
  if (change.credentials !== undefined && before.mode === "sandbox") throw invalidField("/credentials", "a sandbox integration's credentials are made for it");
  const given = change.credentials === undefined ? null : validate(provider.manifest.credentials, change.credentials, "/credentials");
  const atProvider = settings !== undefined || given !== null;
  const connecting = given !== null && before.status === "disconnected";
  await platform.db.tenantTransaction(tenantId, async (tx) => {
    const row = await tx.integration.update({
      where: { id },
      data: {
        updatedAt: new Date(),
        ...(atProvider ? { webhookReady: false } : {}),
        ...doorColumns(change.door),
        ...(settings === undefined ? {} : { settings: settings as Prisma.InputJsonValue }),
        // One that needs attention keeps saying so until the check below has passed: then it has recovered.
        ...(given === null ? {} : { status: connecting ? "connected" : before.status, ...(await sealCredentials(platform, tenantId, id, given)) }),
      },
    });
    await recordAudit(tx, tenantId, caller, {
      action: "integration.updated", subjectType: "integration", subjectId: id,
      before: toIntegrationResource(platform, before), after: toIntegrationResource(platform, row),
    });
    if (connecting) await publishEvents(tx, tenantId, [{ type: "integration.connected", payload: toIntegrationResource(platform, row) }]);
  });
  if (atProvider && isConnectable(provider) && (given !== null || before.credentials !== null)) await bestEffort(checkConnection(platform, tenantId, id), "the integration shows its health", platform.logger);
  return await getIntegration(platform, tenantId, id);
}

/** Disconnects: the row stays for its history, its credentials are destroyed. */
export async function deleteIntegration(platform: Platform, tenantId: string, id: string, caller: Caller): Promise<void> {
  const before = await load(platform, tenantId, id);
  const commandIds = await platform.db.tenantTransaction(tenantId, async (tx) => {
    await lockSubject(tx, { tenantId, kind: "integration", subjectId: id });
    const open = await tx.verification.count({ where: { tenantId, integrationId: id, status: { notIn: ["completed", "expired", "cancelled", "failed"] } } });
    if (open > 0) throw new AppError("conflict", `${open} verification${open === 1 ? " is" : "s are"} still under way with this integration.`);
    await tx.integration.update({ where: { id }, data: { deletedAt: new Date(), status: "disconnected", credentials: null, credentialsInfo: {} } });
    await recordAudit(tx, tenantId, caller, { action: "integration.deleted", subjectType: "integration", subjectId: id, before: toIntegrationResource(platform, before) });
    return await retireAllFormer(tx, { tenantId, kind: "integration", subjectId: id }, { by: caller, now: platform.clock.now(), reason: "the integration was disconnected" });
  });
  await sendAll(platform, commandIds);
}

export async function getIntegration(platform: Platform, tenantId: string, id: string): Promise<IntegrationDetail> {
  const [detail] = await withRotation(platform, tenantId, [await load(platform, tenantId, id)]);
  return detail as IntegrationDetail;
}

/** With the former credentials that are still valid. */
export async function withRotation(platform: Platform, tenantId: string, rows: Integration[]): Promise<IntegrationDetail[]> {
  const now = platform.clock.now();
  const rotating = rows.filter((row) => row.formerUntil !== null && row.formerUntil > now).map((row) => row.id);
  const former = await formerBySubject(platform.db, tenantId, { kind: "integration", subjectIds: rotating, now });
  return rows.map((row) => ({ ...toIntegrationResource(platform, row), rotation: former.get(row.id) ?? [] }));
}

export async function listIntegrations(
  platform: Platform,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; provider?: string | undefined; status?: string | undefined },
): Promise<Integration[]> {
  const { limit, cursor, ...filter } = page;
  const where = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  return await platform.db.tenantTransaction(tenantId, (tx) =>
    tx.integration.findMany({ where: { tenantId, deletedAt: null, ...where, ...(cursor === undefined ? {} : { id: { lt: cursor } }) }, orderBy: { id: "desc" }, take: limit + 1 }),
  );
}

async function load(platform: Platform, tenantId: string, id: string): Promise<Integration> {
  const row = await platform.db.tenantTransaction(tenantId, (tx) => tx.integration.findFirst({ where: { tenantId, id, deletedAt: null } }));
  if (row === null) throw notFound("integration");
  return row;
}

function readCredentials(platform: Platform, provider: ProviderDefinition, id: string, input: IntegrationInput): unknown {
  if (input.mode === "sandbox") {
    if (input.credentials !== undefined && Object.keys(input.credentials).length > 0) throw invalidField("/credentials", "a sandbox integration's credentials are made for it");
    return sandboxCredentialsFor(provider, id, platform.config.sandboxSecret);
  }
  return input.credentials === undefined ? null : validate(provider.manifest.credentials, input.credentials, "/credentials");
}
