import type { Caller, Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import type { Integration } from "../generated/prisma/client.ts";
import { AppError, invalidField, notFound } from "../lib/errors.ts";
import { isId, newId } from "../lib/ids.ts";
import { bestEffort } from "../lib/logger.ts";
import { isConnectable, type ProviderDefinition } from "../providers/contract.ts";
import { findProvider } from "../providers/registry.ts";
import { formerPlace, lockSubject, type SecretSubject } from "../rotation/former-secrets.ts";
import { keepFormer } from "../rotation/keep-former.ts";
import { sendAll } from "../rotation/send-all.ts";
import { checkConnection } from "./check-connection.ts";
import { sealCredentials, validate } from "./credentials.ts";
import { getIntegration } from "./manage.ts";
import { credentialsPlace } from "./open-integration.ts";
import { toIntegrationResource, type IntegrationDetail } from "./resource.ts";

type Fields = Record<string, unknown>;

export interface CredentialsRotation {
  /** Those that change; the others stay as they are. */
  credentials: Fields;
  overlapSeconds: number;
}

/**
 * New credentials are current at once: the provider is called with them and its webhooks are verified with them. The former
 * ones go on verifying webhooks until the overlap ends; nothing is called with them.
 * @throws AppError not_found, integration_not_connected, invalid, too_many_secrets
 */
export async function rotateCredentials(platform: Platform, tenantId: string, id: string, input: CredentialsRotation, caller: Caller): Promise<IntegrationDetail> {
  const subject: SecretSubject = { tenantId, kind: "integration", subjectId: id };
  const { commandIds, provider } = await platform.db.tenantTransaction(tenantId, async (tx) => {
    await lockSubject(tx, subject);
    const found = await findRotatable(tx, tenantId, id);
    const former = await platform.vault.openJson<Fields>(credentialsPlace(tenantId, id), found.sealed);
    const next = validate(found.provider.manifest.credentials, { ...former, ...input.credentials }, "/credentials") as Fields;
    const unchanged = Object.keys(next).filter((field) => JSON.stringify(next[field]) === JSON.stringify(former[field]));
    if (unchanged.length === Object.keys(next).length) throw invalidField("/credentials", "holds nothing that differs from what is in use");
    const secretId = newId("sec");
    const now = platform.clock.now();
    const sealed = await platform.vault.sealJson(formerPlace(tenantId, secretId), former);
    const kept = await keepFormer(platform, tx, { ...subject, id: secretId, sealed, now, overlapSeconds: input.overlapSeconds }, caller);
    const shown = toIntegrationResource(platform, found.row);
    const info = Object.fromEntries(unchanged.flatMap((field) => (shown.credentials[field] === undefined ? [] : [[field, shown.credentials[field]]])));
    const row = await tx.integration.update({ where: { id }, data: { webhookReady: false, updatedAt: now, ...(await sealCredentials(platform, tenantId, id, next, info)) } });
    await recordAudit(tx, tenantId, caller, {
      action: "integration.rotated", subjectType: "integration", subjectId: id,
      before: shown, after: { ...toIntegrationResource(platform, row), formerSecretId: kept.former?.id ?? null, formerUntil: kept.former?.validUntil ?? null },
    });
    return { commandIds: kept.commandIds, provider: found.provider };
  });
  await sendAll(platform, commandIds);
  if (isConnectable(provider)) await bestEffort(checkConnection(platform, tenantId, id), "the integration shows its health", platform.logger);
  return await getIntegration(platform, tenantId, id);
}

async function findRotatable(tx: Tx, tenantId: string, id: string): Promise<{ row: Integration; sealed: Uint8Array; provider: ProviderDefinition }> {
  const row = isId("int", id) ? await tx.integration.findFirst({ where: { tenantId, id, deletedAt: null } }) : null;
  if (row === null) throw notFound("integration");
  const provider = findProvider(row.provider);
  if (provider === undefined) throw notFound("provider");
  if (row.mode === "sandbox") throw invalidField("/credentials", "a sandbox integration's credentials are made for it");
  if (row.credentials === null) throw new AppError("integration_not_connected", "The integration has no credentials yet: there is nothing to rotate.");
  return { row, sealed: row.credentials, provider };
}
