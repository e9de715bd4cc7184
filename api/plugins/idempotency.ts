import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Platform } from "../../src/context.ts";
import { transactionOf } from "../../src/db/client.ts";
import { AppError, invalidField } from "../../src/lib/errors.ts";
import { bestEffort } from "../../src/lib/logger.ts";
import type { Api } from "../types.ts";

const keptMs = 24 * 3_600_000;
/** A request that never wrote its answer (its process was killed) frees its key after this long. */
const abandonedMs = 60_000;

/** A record belongs to the API key (scope) that asked, and that to a tenant, or to the platform (null). */
interface KeptUnder {
  tenantId: string | null;
  scope: string;
  key: string;
}

interface StoredAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

declare module "fastify" {
  interface FastifyRequest {
    idempotency: KeptUnder | null;
  }
}

/** Idempotency-Key on every POST below /v1: the same request gets the first answer again for 24 hours. Uploads are recognised by their content instead. */
export function addIdempotency(api: Api, platform: Platform): void {
  api.decorateRequest("idempotency", null);
  api.addHook("preHandler", async (request, reply) => {
    const header = request.headers["idempotency-key"];
    if (header === undefined || request.method !== "POST" || request.apiKey === null || request.isMultipart?.()) return;
    if (typeof header !== "string" || !/^[\x21-\x7e]{1,255}$/.test(header)) throw invalidField("/headers/idempotency-key", "must be 1 to 255 printable ASCII characters");
    const place = { tenantId: request.apiKey.tenantId, scope: request.apiKey.keyId, key: header };
    const stored = await claim(platform, place, hashOf(request));
    if (stored === null) {
      request.idempotency = place;
      return;
    }
    return reply.code(stored.statusCode).headers(stored.headers).header("idempotent-replayed", "true").serializer((text: unknown) => text as string).send(stored.body);
  });
  api.addHook("onSend", async (request, reply, payload) => {
    if (request.idempotency !== null && typeof payload === "string") await keep(platform, request.idempotency, reply, payload);
    return payload;
  });
}

function hashOf(request: FastifyRequest): string {
  return createHash("sha256").update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`).digest("hex");
}

function placeOf({ scope, key }: KeptUnder): { tenantId: string; table: string; column: string; id: string } {
  return { tenantId: scope, table: "idempotency_record", column: "answer", id: key };
}

/** Null when the key is now ours; else the first answer. @throws AppError idempotency_conflict */
async function claim(platform: Platform, place: KeptUnder, requestHash: string): Promise<StoredAnswer | null> {
  const { scope, key } = place;
  const rows = await transactionOf(platform.db, place.tenantId, (tx) => tx.$queryRaw<{ ours: boolean; request_hash: string; answer: Uint8Array | null }[]>`
    WITH claimed AS (
      INSERT INTO idempotency_record (scope, key, request_hash, expires_at) VALUES (${scope}, ${key}, ${requestHash}, now() + make_interval(secs => ${keptMs / 1000}::float8))
      ON CONFLICT (scope, key) DO UPDATE SET request_hash = excluded.request_hash, status_code = NULL, answer = NULL, created_at = now(), expires_at = excluded.expires_at
        WHERE idempotency_record.expires_at < now()
           OR (idempotency_record.status_code IS NULL AND idempotency_record.created_at < now() - make_interval(secs => ${abandonedMs / 1000}::float8))
      RETURNING true AS ours, request_hash, answer
    )
    SELECT * FROM claimed UNION ALL
    SELECT false, request_hash, answer FROM idempotency_record WHERE scope = ${scope} AND key = ${key} AND NOT EXISTS (SELECT 1 FROM claimed)`);
  const [row] = rows;
  if (row?.ours) return null;
  if (row !== undefined && row.request_hash !== requestHash) throw new AppError("idempotency_conflict", "This Idempotency-Key was used before with another request.");
  if (row?.answer == null) throw new AppError("idempotency_conflict", "A request with this Idempotency-Key is still at work.", { retryAfterSeconds: 1 });
  return await platform.vault.openJson<StoredAnswer>(placeOf(place), row.answer);
}

/** Keeps the answer; a failure on our side frees the key, so that the caller's next try is a real one. */
async function keep(platform: Platform, place: KeptUnder, reply: FastifyReply, body: string): Promise<void> {
  const where = { scope_key: { scope: place.scope, key: place.key } };
  if (reply.statusCode >= 500) {
    await bestEffort(transactionOf(platform.db, place.tenantId, (tx) => tx.idempotencyRecord.delete({ where })), "an abandoned key frees itself", platform.logger);
    return;
  }
  const headers: Record<string, string> = {};
  for (const name of ["content-type", "location"]) {
    const value = reply.getHeader(name);
    if (typeof value === "string") headers[name] = value;
  }
  const answer = await platform.vault.sealJson(placeOf(place), { statusCode: reply.statusCode, headers, body } satisfies StoredAnswer);
  const kept = transactionOf(platform.db, place.tenantId, (tx) => tx.idempotencyRecord.update({ where, data: { statusCode: reply.statusCode, answer } }));
  await bestEffort(kept, "an unkept answer makes the key free again", platform.logger);
}
