import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { Webhook } from "standardwebhooks";
import { z } from "zod";

const kept = 10_000;

export const echoSettingsSchema = z.strictObject({
  /** The endpoint's signing secret (whsec_…), against which every delivery is checked. */
  secret: z.string().min(1).optional(),
  status: z.number().int().min(200).max(599).optional(),
  delayMs: z.number().int().min(0).max(120_000).optional(),
  /** So many requests from now on answer 500 before the first good one. */
  failFirst: z.number().int().min(0).optional(),
});

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
  receive(name: string, request: { headers: Record<string, unknown>; body: Buffer }): { status: number; delayMs: number } {
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
    const delayMs = settings.delayMs ?? 0;
    if (!settings.failFirst) return { status: settings.status ?? 200, delayMs };
    this.settings.set(name, { ...settings, failFirst: settings.failFirst - 1 });
    return { status: 500, delayMs };
  }
}

export function mountEcho(app: FastifyInstance, box: EchoBox): void {
  app.all<{ Params: { name: string } }>("/echo/:name", async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const answer = box.receive(request.params.name, { headers: { ...request.headers }, body });
    if (answer.delayMs > 0) await sleep(answer.delayMs);
    return reply.code(answer.status).send();
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
