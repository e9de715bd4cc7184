import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { Pool } from "undici";
import { sumsubWebhook } from "./sumsub-sender.ts";

export interface Sent {
  forged: boolean;
  /** 0 when no answer came. */
  status: number;
  retryAfter: string | undefined;
}

export interface TrafficOptions {
  apiUrl: string;
  path: string;
  secret: string;
  perSecond: number;
  /** Every nth is signed by somebody else; 0 is none. */
  forgedEvery: number;
}

/** A steady rate, whatever the answers: a provider does not wait for the last one. */
export function startTraffic({ apiUrl, path, secret, perSecond, forgedEvery }: TrafficOptions): { stop(): Promise<{ answers: Sent[]; latenciesMs: number[] }> } {
  const pool = new Pool(apiUrl, { connections: 50, headersTimeout: 15_000 });
  const answers: Promise<Sent>[] = [];
  const latenciesMs: number[] = [];
  let stopped = false;

  const send = async (n: number): Promise<Sent> => {
    const forged = forgedEvery > 0 && n % forgedEvery === forgedEvery - 1;
    const { headers, body } = sumsubWebhook(forged ? "somebody else's" : secret, `traffic-${n}`);
    const sentAt = performance.now();
    try {
      const answer = await pool.request({ method: "POST", path, headers, body });
      await answer.body.dump();
      latenciesMs.push(performance.now() - sentAt);
      return { forged, status: answer.statusCode, retryAfter: answer.headers["retry-after"] as string | undefined };
    } catch {
      return { forged, status: 0, retryAfter: undefined };
    }
  };
  const running = (async () => {
    const startedAt = performance.now();
    while (!stopped) {
      while (answers.length < ((performance.now() - startedAt) / 1_000) * perSecond) answers.push(send(answers.length));
      await sleep(5);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
      const all = await Promise.all(answers);
      await pool.close();
      return { answers: all, latenciesMs };
    },
  };
}

/** How many webhooks of an integration are in the log, refusals aside. */
export async function storedOf(databaseUrl: string, integrationId: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query("SELECT count(*)::int AS n FROM inbound_event WHERE integration_id = $1 AND status <> 'rejected'", [integrationId]).finally(() => client.end());
  return rows[0].n;
}
