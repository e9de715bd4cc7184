// The bare loop that our drain is compared with: claims 250 rows (SKIP LOCKED), signs, posts on 64 connections, marks them by
// one UPDATE, commits. No lease, no attempts, no guard, no fairness: a bound, not something to run.
import { createHmac, randomBytes } from "node:crypto";
import pg from "pg";
import { Pool } from "undici";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { payload } from "../payload.ts";

const claimSize = 250;
const connections = 64;
const secret = randomBytes(32);

let db: pg.Client;
let receiver: Pool;

async function prepare({ databaseUrl, deliveries, url }: { databaseUrl: string; deliveries: number; url: string }): Promise<void> {
  receiver = new Pool(url, { connections, pipelining: 1 });
  db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  await db.query("CREATE TABLE bare (id bigint PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), payload json NOT NULL, done boolean NOT NULL DEFAULT false)");
  await db.query("INSERT INTO bare (id, payload) SELECT n, $1::json FROM generate_series(1, $2::int) AS n", [JSON.stringify(payload), deliveries]);
  await db.query("CREATE INDEX bare_due ON bare (id) WHERE NOT done");
  await db.query("VACUUM ANALYZE bare");
}

async function post(row: { id: string; created_at: Date; payload: string }): Promise<void> {
  const body = `{"type":"bench.event","timestamp":${JSON.stringify(row.created_at.toISOString())},"data":${row.payload}}`;
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", secret).update(`${row.id}.${timestamp}.${body}`).digest("base64");
  const headers = { "content-type": "application/json", "webhook-id": row.id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${signature}` };
  const answer = await receiver.request({ method: "POST", path: "/bare/0", headers, body });
  await answer.body.dump();
  if (answer.statusCode !== 204) throw new Error(`the sink answered ${answer.statusCode}`);
}

/** Gives the seconds that it took. */
async function drain(): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    await db.query("BEGIN");
    const { rows } = await db.query({ name: "claim", text: "SELECT id, created_at, payload::text FROM bare WHERE NOT done ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED", values: [claimSize] });
    await Promise.all(rows.map(post));
    if (rows.length > 0) await db.query({ name: "mark", text: "UPDATE bare SET done = true WHERE id = ANY($1::bigint[])", values: [rows.map((row) => row.id)] });
    await db.query("COMMIT");
    if (rows.length === 0) return (performance.now() - startedAt) / 1000;
  }
}

answerQuestions({ prepare, drain }, async () => Promise.allSettled([db.end(), receiver.close()]));
