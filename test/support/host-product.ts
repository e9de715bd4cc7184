import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { LocalInstallation } from "./local-installation.ts";
import type { Receiver, ReceiverRule } from "./receiver.ts";

export interface NewEvent {
  id: string;
  type: string;
  payload: unknown;
}

const retryMs = 200;
const answerLimitMs = 15_000;
/** What a second try cannot change; everything else may be the API's bad moment. */
const hopeless = new Set([400, 401, 403, 404, 409, 413, 415, 422]);

/** A host product over the public API. It sends an event again, under the same id, until it has read a 202. */
export class HostProduct {
  /** Requests that were refused, or got no answer, and were sent again. */
  retries = 0;
  private readonly pool: Pool;
  private readonly key: string;

  constructor(installation: LocalInstallation, connections = 50) {
    this.pool = new Pool(installation.apiUrl, { connections, pipelining: 1, headersTimeout: answerLimitMs, bodyTimeout: answerLimitMs });
    this.key = installation.adminKey;
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const { status, text } = await this.request(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async tenant(id: string): Promise<string> {
    await this.call("POST", "/v1/tenants", { id, name: id });
    return id;
  }

  /** An endpoint at the receiver's path, which verifies with its secret from the first delivery on. */
  async endpoint(tenant: string, receiver: Receiver, path: string, options: { rule?: ReceiverRule; fields?: Record<string, unknown> } = {}): Promise<string> {
    const created = await this.call("POST", `/v1/tenants/${tenant}/webhook-endpoints`, { url: receiver.urlOf(path), ...options.fields });
    await receiver.rule(path, { ...options.rule, secret: created.secret });
    return created.id;
  }

  async publish(tenant: string, event: NewEvent): Promise<void> {
    await this.untilAccepted(`/v1/tenants/${tenant}/events`, event);
  }

  async publishBatch(tenant: string, events: NewEvent[]): Promise<void> {
    await this.untilAccepted(`/v1/tenants/${tenant}/events/batch`, { events });
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async untilAccepted(path: string, body: unknown): Promise<void> {
    for (;;) {
      const answer = await this.request("POST", path, body).catch((error: Error) => ({ status: 0, text: error.message }));
      if (answer.status === 202) return;
      if (hopeless.has(answer.status)) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
      this.retries += 1;
      await sleep(retryMs);
    }
  }

  private async request(method: string, path: string, body: unknown): Promise<{ status: number; text: string }> {
    const answer = await this.pool.request({
      method: method as "GET" | "POST" | "PATCH",
      path,
      headers: { authorization: `Bearer ${this.key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  }
}
