// The ceiling: the same HTTP server as our door's, which only writes each request's body into the same tables, all that wait
// in one commit, and answers then. It verifies nothing, reads nothing, seals nothing, has no hooks: a bound, not something to run.
import { fastify } from "fastify";
import pg from "pg";
import { newId } from "../../../src/lib/ids.ts";
import { answerQuestions } from "../../shared/answer-questions.ts";

const lanes = 2;
const maxRows = 1_000;
const insert = `
  WITH given AS (SELECT * FROM unnest($3::text[], $4::bytea[]) AS g(id, body)), bodies AS (INSERT INTO inbound_body (tenant_id, id, body) SELECT $1, id, body FROM given)
  INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, type, status, about_kind, about_ref, occurred_at, body_id, next_relay_at)
  SELECT id, $1, $2, 'sumsub', id, 'applicantReviewed', 'received', 'applicant', id, now(), id, now() FROM given ON CONFLICT (integration_id, external_id) DO NOTHING`;

let pool: pg.Pool;
let origin: [tenantId: string, integrationId: string];
let waiting: { body: Buffer; answer(status: number): void }[] = [];
let running = 0;

async function work(): Promise<void> {
  running += 1;
  while (waiting.length > 0) {
    const batch = waiting.splice(0, maxRows);
    const stored = await pool.query({ name: "bare", text: insert, values: [...origin, batch.map(() => newId("inb")), batch.map(({ body }) => body)] }).then(() => true, () => false);
    for (const { answer } of batch) answer(stored ? 200 : 503);
  }
  running -= 1;
}

const server = fastify({ bodyLimit: 1024 * 1024 });
server.removeAllContentTypeParsers();
server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
server.post("/webhooks/:provider/:integrationId", (request, reply) => {
  waiting.push({ body: request.body as Buffer, answer: (status) => void reply.code(status).send("") });
  if (running < lanes) setImmediate(() => void (running < lanes && waiting.length > 0 ? work() : undefined));
});

async function listen(order: { databaseUrl: string; tenantId: string; integrationId: string }): Promise<number> {
  pool = new pg.Pool({ connectionString: order.databaseUrl, max: lanes, options: "-c enable_seqscan=off -c enable_mergejoin=off -c jit=off" });
  // The server may go before us.
  pool.on("error", () => undefined);
  origin = [order.tenantId, order.integrationId];
  await server.listen({ port: 0, host: "127.0.0.1" });
  const [address] = server.addresses();
  return typeof address === "object" ? address.port : 0;
}

answerQuestions({ listen }, async () => {
  server.server.closeAllConnections();
  await server.close();
  await pool?.end();
});
