import { createHash } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Platform } from "../../src/context.ts";
import { AppError, invalidField } from "../../src/lib/errors.ts";
import { bestEffort } from "../../src/lib/logger.ts";
import type { Api } from "../types.ts";

const keptMs = 24 * 3_600_000;
/** A request that never wrote its answer (its process was killed) frees its key after this long. */
const abandonedMs = 60_000;

interface StoredAnswer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

declare module "fastify" {
  interface FastifyRequest {
    idempotency: { scope: string; key: string } | null;
  }
}

/** Idempotency-Key on every POST below /v1: the same request gets the first answer again for 24 hours. Uploads are recognised by their content instead. */
export function addIdempotency(api: Api, platform: Platform): void {
  api.decorateRequest("idempotency", null);
  api.addHook("preHandler", async (request, reply) => {
    const header = request.headers["idempotency-key"];
    if (header === undefined || request.method !== "POST" || request.apiKey === null || request.isMultipart?.()) return;
    if (typeof header !== "string" || !/^[\x21-\x7e]{1,255}$/.test(header)) throw invalidField("/headers/idempotency-key", "must be 1 to 255 printable ASCII characters");
    const scope = request.apiKey.keyId;
    const stored = await claim(platform, scope, header, hashOf(request));
    if (stored === null) {
      request.idempotency = { scope, key: header };
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

function placeOf(scope: string, key: string): { tenantId: string; table: string; column: string; id: string } {
  return { tenantId: scope, table: "idempotency_record", column: "answer", id: key };
}

/** Null when the key is now ours; else the first answer. @throws AppError idempotency_conflict */
async function claim(platform: Platform, scope: string, key: string, requestHash: string): Promise<StoredAnswer | null> {
  const { rows } = await platform.db.pool.query<{ ours: boolean; request_hash: string; answer: Buffer | null }>(
    `WITH claimed AS (
       INSERT INTO idempotency_record (scope, key, request_hash, expires_at) VALUES ($1, $2, $3, now() + make_interval(secs => $4))
       ON CONFLICT (scope, key) DO UPDATE SET request_hash = $3, status_code = NULL, answer = NULL, created_at = now(), expires_at = excluded.expires_at
         WHERE idempotency_record.expires_at < now()
            OR (idempotency_record.status_code IS NULL AND idempotency_record.created_at < now() - make_interval(secs => $5))
       RETURNING true AS ours, request_hash, answer
     )
     SELECT * FROM claimed UNION ALL
     SELECT false, request_hash, answer FROM idempotency_record WHERE scope = $1 AND key = $2 AND NOT EXISTS (SELECT 1 FROM claimed)`,
    [scope, key, requestHash, keptMs / 1000, abandonedMs / 1000],
  );
  const [row] = rows;
  if (row?.ours) return null;
  if (row !== undefined && row.request_hash !== requestHash) throw new AppError("idempotency_conflict", "This Idempotency-Key was used before with another request.");
  if (row?.answer == null) throw new AppError("idempotency_conflict", "A request with this Idempotency-Key is still at work.", { retryAfterSeconds: 1 });
  return await platform.vault.openJson<StoredAnswer>(placeOf(scope, key), row.answer);
}

/** Keeps the answer; a failure on our side frees the key, so that the caller's next try is a real one. */
async function keep(platform: Platform, id: { scope: string; key: string }, reply: FastifyReply, body: string): Promise<void> {
  const where = { scope_key: id };
  if (reply.statusCode >= 500) {
    await bestEffort(platform.db.prisma.idempotencyRecord.delete({ where }), "an abandoned key frees itself", platform.logger);
    return;
  }
  const headers: Record<string, string> = {};
  for (const name of ["content-type", "location"]) {
    const value = reply.getHeader(name);
    if (typeof value === "string") headers[name] = value;
  }
  const answer = await platform.vault.sealJson(placeOf(id.scope, id.key), { statusCode: reply.statusCode, headers, body } satisfies StoredAnswer);
  await bestEffort(platform.db.prisma.idempotencyRecord.update({ where, data: { statusCode: reply.statusCode, answer } }), "an unkept answer makes the key free again", platform.logger);
}
