import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { findProvider } from "../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../src/providers/sandbox-credentials.ts";

export interface SenderPace {
  perSecond: number;
  seconds: number;
  /** Every so many is forged; 0 for none. */
  forgedEvery: number;
}

const answerLimitMs = 20_000;
/** A time of its own for each webhook, in their order: the vendor names no event id, so that applicant, type and time make one. */
let lastTime = Date.UTC(2026, 0, 1);

/** A provider (Sumsub) that sends webhooks, and its ledger. */
export class WebhookSender {
  /** The ids of those that were answered 2xx, with their applicant. */
  readonly accepted = new Map<string, string>();
  /** Every id that was signed well, in the order in which it was sent. */
  readonly sent: { id: string; applicant: string }[] = [];
  readonly forged: string[] = [];
  readonly answers = new Map<string, number>();
  readonly latenciesMs: number[] = [];
  private readonly pool: Pool;
  private readonly path: string;
  private readonly secret: string;

  constructor(apiUrl: string, integrationId: string, connections = 100) {
    const provider = findProvider("sumsub");
    if (provider === undefined) throw new Error("sumsub is missing");
    this.secret = (sandboxCredentialsFor(provider, integrationId) as { webhookSecret: string }).webhookSecret;
    this.path = `/webhooks/sumsub/${integrationId}`;
    this.pool = new Pool(apiUrl, { connections, pipelining: 1, headersTimeout: answerLimitMs, bodyTimeout: answerLimitMs });
  }

  /** Sends at a steady pace, whatever the answers take; `applicantOf` says whom the n-th is about. Resolves with the last answer. */
  async steadily(pace: SenderPace, applicantOf: (n: number) => string): Promise<void> {
    const began = performance.now();
    const under: Promise<unknown>[] = [];
    for (let n = 0; n < pace.perSecond * pace.seconds; n += 1) {
      const early = began + (n * 1_000) / pace.perSecond - performance.now();
      if (early > 0) await sleep(early);
      const forge = pace.forgedEvery > 0 && n % pace.forgedEvery === pace.forgedEvery - 1;
      under.push(forge ? this.forge(applicantOf(n)) : this.send(applicantOf(n)));
    }
    await Promise.all(under);
  }

  async send(applicant: string): Promise<boolean> {
    const id = `${applicant}|applicantPending|${this.nextTime()}`;
    this.sent.push({ id, applicant });
    return await this.post(id, applicant, true);
  }

  private async forge(applicant: string): Promise<boolean> {
    const id = `${applicant}|applicantPending|${this.nextTime()}`;
    this.forged.push(id);
    return await this.post(id, applicant, false);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private nextTime(): string {
    lastTime += 1;
    return new Date(lastTime).toISOString().replace("T", " ").slice(0, -1);
  }

  private async post(id: string, applicant: string, genuine: boolean): Promise<boolean> {
    const body = JSON.stringify({ applicantId: applicant, type: "applicantPending", createdAtMs: id.split("|")[2], reviewStatus: "pending" });
    const signature = createHmac("sha256", genuine ? this.secret : "forged").update(body).digest("hex");
    const headers = { "content-type": "application/json", "x-payload-digest-alg": "HMAC_SHA256_HEX", "x-payload-digest": signature };
    const began = performance.now();
    const status = await this.pool.request({ method: "POST", path: this.path, headers, body }).then(
      async (answer) => {
        await answer.body.dump();
        return String(answer.statusCode);
      },
      () => "no answer",
    );
    this.latenciesMs.push(performance.now() - began);
    const kind = genuine ? status : `forged ${status}`;
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1);
    const taken = status.startsWith("2");
    if (taken) this.accepted.set(id, applicant);
    return taken;
  }
}
