import type pg from "pg";
import type { Findings } from "./scenario.ts";
import { forged, type SignedWebhook, type WebhookSigner } from "./signed-webhooks.ts";
import type { Telling } from "./webhook-bodies.ts";
import type { WebhookAnswered, RepeatingVendor } from "./repeating-vendor.ts";

export interface Prepared {
  webhook: SignedWebhook;
  /** The ids of its news, each with its integration's before it. */
  news: string[];
  valid: boolean;
}

/**
 * What the senders know: all that was sent with a signature that fits, and of that what was acknowledged. News are in
 * `accepted` once a 2xx for them was read, and not before.
 */
export class InboundLedger {
  readonly sentValid = new Set<string>();
  readonly accepted = new Set<string>();
  /** How often each status answered valid webhooks, and forged ones. */
  readonly valid = new Map<number, number>();
  readonly forged = new Map<number, number>();
  /** Of valid ones that were acknowledged, from sending to the answer. */
  readonly tookMs: number[] = [];

  /** So many webhooks, ready to be sent: the signers take turns, and of a hundred some are forged. */
  static prepare(signers: WebhookSigner[], count: number, options: { prefix: string; forgedPercent?: number; telling?: (n: number) => Partial<Telling> }): Prepared[] {
    const { prefix, forgedPercent = 0, telling = () => ({}) } = options;
    const began = Date.now();
    return Array.from({ length: count }, (_, n) => {
      const signer = signers[n % signers.length] as WebhookSigner;
      const webhook = signer.sign({ id: `${prefix}${n}`, at: new Date(began - count + n), object: `${prefix}o${n}`, ...telling(n) });
      const news = signer.externalIdsOf(webhook).map((id) => `${webhook.integrationId} ${id}`);
      const isForged = Math.floor((n * forgedPercent) / 100) !== Math.floor(((n + 1) * forgedPercent) / 100);
      return { webhook: isForged ? forged(webhook) : webhook, news, valid: !isForged };
    });
  }

  async send(sender: RepeatingVendor, prepared: Prepared): Promise<WebhookAnswered> {
    this.begin(prepared);
    const answer = await sender.send(prepared.webhook);
    this.note(prepared, answer);
    return answer;
  }

  /** What got no 2xx is sent again, as vendors do; a forger tries once. */
  async sendUntilAccepted(sender: RepeatingVendor, prepared: Prepared): Promise<void> {
    this.begin(prepared);
    this.note(prepared, prepared.valid ? await sender.sendUntilAccepted(prepared.webhook) : await sender.send(prepared.webhook));
  }

  private begin({ valid, news }: Prepared): void {
    if (valid) for (const id of news) this.sentValid.add(id);
  }

  private note({ valid, news }: Prepared, { status, sentAt, answeredAt }: WebhookAnswered): void {
    const counts = valid ? this.valid : this.forged;
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (!valid || status < 200 || status >= 300) return;
    this.tookMs.push(answeredAt - sentAt);
    for (const id of news) this.accepted.add(id);
  }
}

export function countOf(counts: Map<number, number>, good: (status: number) => boolean): number {
  return [...counts].reduce((sum, [status, count]) => sum + (good(status) ? count : 0), 0);
}

/** "12 × 200, 3 × 503" */
export function statusesIn(counts: Map<number, number>): string {
  return [...counts].toSorted(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status === 0 ? "no answer" : status}`).join(", ") || "none";
}

export interface Stored {
  /** As the ledger writes them. */
  news: string;
  id: string;
  status: string;
  reason: string | null;
  workflowId: string | null;
  /** At the vendor, in milliseconds. */
  occurredAt: number;
}

/** What is recorded of these integrations' news; what was refused is none. */
export async function storedNews(database: pg.Pool, integrationIds: string[]): Promise<Stored[]> {
  const { rows } = await database.query<Stored>(
    `SELECT integration_id || ' ' || external_id AS news, id, status, reason, workflow_id AS "workflowId", (extract(epoch FROM COALESCE(occurred_at, received_at)) * 1000)::float8 AS "occurredAt" FROM inbound_event
     WHERE integration_id = ANY($1::text[]) AND status <> 'rejected' ORDER BY id`,
    [integrationIds],
  );
  return rows;
}

/** The oracle: all that was acknowledged is stored, nothing is stored that was not sent with a good signature, and each once. */
export function checkStored(findings: Findings, ledger: InboundLedger, stored: Stored[]): void {
  const ids = new Set(stored.map(({ news }) => news));
  const lost = [...ledger.accepted].filter((id) => !ids.has(id));
  const strange = [...ids].filter((id) => !ledger.sentValid.has(id));
  findings.figure(`${ledger.accepted.size} acknowledged, ${lost.length} lost, ${strange.length} strange`);
  findings.check(ledger.accepted.size > 0, "nothing was acknowledged");
  findings.check(lost.length === 0, `${lost.length} acknowledged and not stored, such as ${lost[0]}`);
  findings.check(strange.length === 0, `${strange.length} stored that nobody sent with a good signature, such as ${strange[0]}`);
  findings.check(ids.size === stored.length, `${stored.length - ids.size} stored twice`);
  const letIn = countOf(ledger.forged, (status) => status >= 200 && status < 300);
  findings.check(letIn === 0, `${letIn} forged webhooks were answered with 2xx`);
}

/** News that wait for the relay. What nobody owns waits too, until it is parked: it is not counted. */
export async function waitingNews(database: pg.Pool, integrationId: string): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM inbound_event e JOIN external_reference r ON r.integration_id = e.integration_id AND r.kind = e.about_kind AND r.reference = e.about_ref
     WHERE e.integration_id = $1 AND e.status = 'received'`,
    [integrationId],
  );
  return rows[0]?.count ?? 0;
}
