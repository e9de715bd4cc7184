import { setMaxListeners } from "node:events";
import type { FastifyInstance } from "fastify";
import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { giveAnswer, type EchoAnswer, type Misbehaviour } from "./echo-answer.ts";

const kept = 10_000;

const maxFloodBytes = 10 * 1024 ** 3;

export const echoSettingsSchema = z.strictObject({
  /** The endpoint's signing secret (whsec_…), against which every delivery is checked. */
  secret: z.string().min(1).optional(),
  status: z.number().int().min(200).max(599).optional(),
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** So many requests from now on fail before the first good one: as said below, or with `failStatus`. */
  failFirst: z.number().int().min(0).optional(),
  failStatus: z.number().int().min(300).max(599).optional(),
  /** Sent as Retry-After with every answer that is not 2xx. */
  retryAfter: z.union([z.number().int(), z.string().regex(/^[\x20-\x7e]{1,200}$/)]).optional(),
  /** The answer never comes. */
  hang: z.boolean().optional(),
  /** The connection is reset instead of an answer. */
  reset: z.boolean().optional(),
  /** The answer's body: so many bytes, or one that never ends. */
  flood: z.union([z.number().int().min(0).max(maxFloodBytes), z.literal("endless")]).optional(),
}).refine(({ hang, reset, flood }) => [hang, reset, flood].filter((one) => one !== undefined && one !== false).length <= 1, "only one of hang, reset and flood");

export type EchoSettings = z.infer<typeof echoSettingsSchema>;

export interface EchoRecord {
  at: string;
  headers: Record<string, unknown>;
  /** Parsed when it is JSON, the text otherwise. */
  body: unknown;
  /** Null when no secret was given. */
  verified: boolean | null;
}

/** Receivers for outbound webhooks, in memory: what came, and whether its signature was right. */
export class EchoBox {
  private readonly records = new Map<string, EchoRecord[]>();
  private readonly settings = new Map<string, EchoSettings>();

  configure(name: string, settings: EchoSettings): void {
    this.settings.set(name, settings);
  }

  list(name: string): EchoRecord[] {
    return this.records.get(name) ?? [];
  }

  clear(name: string): void {
    this.records.delete(name);
    this.settings.delete(name);
  }

  /** Notes the request and says how to answer it. */
  receive(name: string, request: { headers: Record<string, unknown>; body: Buffer }): EchoAnswer {
    const settings = this.settings.get(name) ?? {};
    const records = this.records.get(name) ?? [];
    this.records.set(name, records);
    records.push({
      at: new Date().toISOString(),
      headers: request.headers,
      body: readable(request.body),
      verified: settings.secret === undefined ? null : isSigned(settings.secret, request),
    });
    if (records.length > kept) records.splice(0, records.length - kept);
    if (settings.failFirst === undefined) return answerOf(settings, misbehaviourOf(settings));
    if (settings.failFirst === 0) return answerOf(settings, null);
    this.settings.set(name, { ...settings, failFirst: settings.failFirst - 1 });
    const misbehaviour = misbehaviourOf(settings);
    return answerOf(misbehaviour === null ? { ...settings, status: settings.failStatus ?? 500 } : settings, misbehaviour);
  }
}

function answerOf({ status = 200, delayMs = 0, retryAfter }: EchoSettings, misbehaviour: Misbehaviour | null): EchoAnswer {
  return { status, delayMs, retryAfter: retryAfter === undefined || status < 300 ? null : String(retryAfter), misbehaviour };
}

function misbehaviourOf({ hang, reset, flood }: EchoSettings): Misbehaviour | null {
  if (hang === true) return "hang";
  if (reset === true) return "reset";
  return flood === undefined ? null : { flood };
}

export function mountEcho(app: FastifyInstance, box: EchoBox): void {
  const closing = new AbortController();
  // One listener a hanging request.
  setMaxListeners(0, closing.signal);
  app.addHook("preClose", async () => closing.abort());
  app.all<{ Params: { name: string } }>("/echo/:name", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    return await giveAnswer(reply, box.receive(request.params.name, { headers: { ...request.headers }, body }), closing.signal);
  });
}

function readable(body: Buffer): unknown {
  const text = body.toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isSigned(secret: string, request: { headers: Record<string, unknown>; body: Buffer }): boolean {
  const header = (name: string): string => String(request.headers[name] ?? "");
  try {
    new Webhook(secret).verify(
      request.body,
      {
        "webhook-id": header("webhook-id"),
        "webhook-timestamp": header("webhook-timestamp"),
        "webhook-signature": header("webhook-signature"),
      },
      { jsonParse: false },
    );
    return true;
  } catch {
    return false;
  }
}
