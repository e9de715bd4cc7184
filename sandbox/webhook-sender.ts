import type { Logger } from "../src/lib/logger.ts";
import type { FaultInjector } from "./faults.ts";
import type { SandboxStore, StoredWebhook } from "./store.ts";
import { DuePump } from "./due-pump.ts";

const retries = 8;
const firstRetryMs = 500;
const answerTimeoutMs = 5_000;
const parallel = 64;

/** Delivers the webhooks that the store holds, and tries again until a 2xx answer. */
export class WebhookSender {
  private readonly store: SandboxStore;
  private readonly faults: FaultInjector;
  private readonly logger: Logger;
  private readonly pump: DuePump<StoredWebhook>;
  private readonly stopping = new AbortController();

  constructor(input: { store: SandboxStore; faults: FaultInjector; logger: Logger }) {
    this.store = input.store;
    this.faults = input.faults;
    this.logger = input.logger;
    this.pump = new DuePump({
      parallel,
      take: (now, limit) => this.store.dueWebhooks(now, limit),
      nextDue: (now) => this.store.nextDue("webhooks", now),
      work: (webhook) => this.deliver(webhook),
    });
  }

  start(): void {
    this.pump.start();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.pump.stop();
  }

  send(provider: string, webhook: { url: string; headers: Record<string, string>; body: Buffer; delayMs?: number }): void {
    const delays = this.faults.forWebhook(provider);
    if (delays.length === 0) this.store.count(provider, "dropped");
    for (const delay of delays) {
      const due = Date.now() + Math.round((webhook.delayMs ?? 0) + delay);
      this.store.addWebhook({ provider, url: webhook.url, headers: webhook.headers, body: webhook.body, due });
    }
    this.pump.wake();
  }

  private async deliver(webhook: StoredWebhook): Promise<void> {
    if (webhook.attempts === 0) this.store.count(webhook.provider, "sent");
    // Noted before the call, so that a restart in the middle neither counts it twice nor tries forever.
    const attempts = webhook.attempts + 1;
    this.store.noteAttempt(webhook.id, attempts);
    const status = await this.attempt(webhook);
    // Stopped in the middle: it stays due in the store and goes out after the restart.
    if (status === undefined && this.stopping.signal.aborted) return;
    if (status !== undefined && status >= 200 && status < 300) {
      if (this.store.deleteWebhook(webhook.id)) this.store.count(webhook.provider, "acknowledged");
    } else if (attempts > retries) {
      if (this.store.deleteWebhook(webhook.id)) this.store.count(webhook.provider, "dropped");
      this.logger.warn({ provider: webhook.provider, status }, "webhook given up");
    } else {
      this.store.retryWebhook(webhook.id, Date.now() + firstRetryMs * 2 ** (attempts - 1));
    }
  }

  private async attempt(webhook: StoredWebhook): Promise<number | undefined> {
    try {
      const response = await fetch(webhook.url, {
        method: "POST",
        headers: webhook.headers,
        body: new Uint8Array(webhook.body),
        redirect: "manual",
        signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(answerTimeoutMs)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      this.logger.debug({ err: error, provider: webhook.provider }, "webhook got no answer");
      return undefined;
    }
  }
}
