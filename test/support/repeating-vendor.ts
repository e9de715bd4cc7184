import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { SignedWebhook } from "./signed-webhooks.ts";

export interface WebhookAnswered {
  /** 0 when no answer came: the connection was refused, broke, or took too long. */
  status: number;
  retryAfter: string | null;
  sentAt: number;
  answeredAt: number;
}

const answerLimitMs = 20_000;
const retriesMs = { first: 250, longest: 2_000 };
const accepted = (status: number): boolean => status >= 200 && status < 300;

/** A vendor that sends webhooks to one API process or to several in turn, and sends again what got no 2xx. */
export class RepeatingVendor {
  readonly answers: WebhookAnswered[] = [];
  private readonly pools: Pool[];
  private turn = 0;

  constructor(origins: string[], connections = 50) {
    this.pools = origins.map((origin) => new Pool(origin, { connections, pipelining: 1, headersTimeout: answerLimitMs, bodyTimeout: answerLimitMs }));
  }

  async send({ path, headers, body }: SignedWebhook): Promise<WebhookAnswered> {
    const pool = this.pools[(this.turn += 1) % this.pools.length] as Pool;
    const sentAt = Date.now();
    const answered = await pool.request({ method: "POST", path, headers, body }).then(
      async ({ statusCode, headers: given, body: text }) => {
        // An answer whose end does not come is none.
        const whole = await text.dump().then(() => true, () => false);
        return { status: whole ? statusCode : 0, retryAfter: given["retry-after"] === undefined ? null : String(given["retry-after"]) };
      },
      () => ({ status: 0, retryAfter: null }),
    );
    const answer = { ...answered, sentAt, answeredAt: Date.now() };
    this.answers.push(answer);
    return answer;
  }

  /** Until it has read a 2xx, or the time is over. */
  async sendUntilAccepted(webhook: SignedWebhook, limitMs = 120_000): Promise<WebhookAnswered> {
    const endAt = Date.now() + limitMs;
    for (let waitMs = retriesMs.first; ; waitMs = Math.min(waitMs * 2, retriesMs.longest)) {
      const answer = await this.send(webhook);
      if (accepted(answer.status) || Date.now() > endAt) return answer;
      await sleep(waitMs * (0.5 + Math.random()));
    }
  }

  close(): Promise<unknown> {
    return Promise.all(this.pools.map((pool) => pool.destroy()));
  }
}

/** Calls at a steady rate, whatever each takes; resolves when all have ended. `sent` says how many have begun. */
export async function steadily<T>(items: T[], perSecond: number, each: (item: T) => Promise<void>, sent: (count: number) => void = () => undefined): Promise<void> {
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (const [n, item] of items.entries()) {
    const early = began + (n * 1_000) / perSecond - performance.now();
    if (early > 0) await sleep(early);
    under.push(each(item));
    sent(n + 1);
  }
  await Promise.all(under);
}
