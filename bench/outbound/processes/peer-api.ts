// The accepting side of a webhook sender on a job queue: Fastify checks the key and the shape, and adds one job per event.
import { createHash, timingSafeEqual } from "node:crypto";
import fastify from "fastify";
import { newId } from "../../../src/lib/ids.ts";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { jobQueue, type QueueName } from "../peers/job-queue.ts";

const app = fastify({ bodyLimit: 1024 * 1024 });
let close = async (): Promise<void> => undefined;

const body = { type: "object", required: ["type", "payload"], additionalProperties: false, properties: { type: { type: "string", maxLength: 128 }, payload: { type: "object" } } };
const response = { 202: { type: "object", properties: { id: { type: "string" }, type: { type: "string" }, createdAt: { type: "string" } } } };

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Gives the port. */
async function start({ queue: name, store, key }: { queue: QueueName; store: string; key: string }): Promise<number> {
  const queue = await (await jobQueue(name)).openForAdding(store);
  const expected = sha256(`Bearer ${key}`);
  app.addHook("onRequest", async (request, reply) => {
    if (!timingSafeEqual(sha256(request.headers.authorization ?? ""), expected)) return reply.code(401).send({ error: "unauthenticated" });
  });
  app.post("/v1/tenants/:tenant/events", { schema: { body, response } }, async (request, reply) => {
    const { type, payload } = request.body as { type: string; payload: unknown };
    const event = { id: newId("evt"), type, createdAt: new Date().toISOString(), payload };
    await queue.add(event);
    return reply.code(202).send(event);
  });
  close = async () => {
    await app.close();
    await queue.close();
  };
  return Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
}

answerQuestions({ start, close: () => close() }, () => close());
