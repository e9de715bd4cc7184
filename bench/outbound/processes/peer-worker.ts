// The sending side of a webhook sender on a job queue: signs each job as Standard Webhooks has it and posts it.
import { createHmac } from "node:crypto";
import { Pool } from "undici";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { jobQueue, type QueueName, type WebhookJob } from "../peers/job-queue.ts";

const connections = 64;
let stop = async (): Promise<void> => undefined;

async function start({ queue, store, url, secret }: { queue: QueueName; store: string; url: string; secret: string }): Promise<void> {
  const { origin, pathname } = new URL(url);
  const receiver = new Pool(origin, { connections, pipelining: 1 });
  const key = Buffer.from(secret, "base64");
  const send = async (job: WebhookJob): Promise<void> => {
    const body = `{"type":${JSON.stringify(job.type)},"timestamp":${JSON.stringify(job.createdAt)},"data":${JSON.stringify(job.payload)}}`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac("sha256", key).update(`${job.id}.${timestamp}.${body}`).digest("base64");
    const headers = { "content-type": "application/json", "user-agent": "bench", "webhook-id": job.id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
    const answer = await receiver.request({ method: "POST", path: pathname, headers, body, headersTimeout: 15_000, bodyTimeout: 15_000 });
    await answer.body.dump();
    if (answer.statusCode < 200 || answer.statusCode >= 300) throw new Error(`the endpoint answered ${answer.statusCode}`);
  };
  const working = await (await jobQueue(queue)).work(store, connections, send);
  stop = async () => {
    await working.close();
    await receiver.close();
  };
}

answerQuestions({ start, close: () => stop() });
