// The vendors' side, lean as it shares the machine with what it measures: signs everything first, then sends prepared bytes,
// as fast as answers come or at a fixed rate.
import { newId } from "../../../src/lib/ids.ts";
import { forged, webhookSigner, type SignedWebhook } from "../../../test/support/signed-webhooks.ts";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { monotonicMs } from "../../shared/clock.ts";
import { HttpLine } from "../../shared/http-line.ts";
import type { PrepareOrder, SendOrder, Sent } from "../order.ts";

let requests: Buffer[] = [];
let isForged = new Uint8Array();

function bytesOf({ path, headers, body }: SignedWebhook): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${lines}Content-Length: ${body.length}\r\n\r\n`), body]);
}

/** Each is a piece of news of its own: an id and a time that no other has. */
function prepare(order: PrepareOrder): { bytesEach: number } {
  const signers = order.integrations.map((integration) => webhookSigner(integration));
  const distinct = Math.ceil(order.count / order.copies);
  const began = Date.now();
  const made = Array.from({ length: distinct }, (_, n) => {
    const id = newId("evt").slice(4);
    const signed = signers[n % signers.length]?.sign({ id, at: new Date(began - distinct + n), object: order.objects[n % order.objects.length] ?? `o${id}` });
    if (signed === undefined) throw new Error("there is nobody to send for");
    return signed;
  });
  isForged = Uint8Array.from({ length: order.count }, (_, n) => (n % 100 < order.forgedPercent ? 1 : 0));
  requests = Array.from({ length: order.count }, (_, n) => {
    const webhook = made[Math.floor(n / order.copies)] as SignedWebhook;
    return bytesOf(isForged[n] === 1 ? forged(webhook) : webhook);
  });
  return { bytesEach: Math.round(requests.reduce((sum, { length }) => sum + length, 0) / requests.length) };
}

function send(order: SendOrder): Promise<Sent> {
  const total = requests.length;
  const sentAt = new Float64Array(total);
  const tookMs = new Float64Array(total);
  const sent: Sent = { startedAt: monotonicMs(), endedAt: 0, valid: {}, forged: {}, validMs: new Float64Array(), forgedMs: new Float64Array(), firstTrouble: "" };
  const lines = Array.from({ length: order.connections }, () => new HttpLine(order.port));
  const free = [...lines];
  const paced = order.ratePerSecond !== undefined;
  let [due, next, answers] = [paced ? 0 : total, 0, 0];

  return new Promise((resolve) => {
    const answered = (place: number, line: HttpLine, status: number, body: string): void => {
      tookMs[place] = monotonicMs() - (sentAt[place] ?? 0);
      const counts = isForged[place] === 1 ? sent.forged : sent.valid;
      counts[status] = (counts[status] ?? 0) + 1;
      if (isForged[place] !== 1 && status >= 300) sent.firstTrouble ||= `${status} ${body.slice(0, 200)}`;
      answers += 1;
      free.push(line);
      if (answers < total) return further();
      sent.endedAt = monotonicMs();
      clearInterval(pacing);
      for (const one of lines) one.close();
      sent.validMs = tookMs.filter((_, n) => isForged[n] !== 1);
      sent.forgedMs = tookMs.filter((_, n) => isForged[n] === 1);
      resolve(sent);
    };
    const further = (): void => {
      while (next < due) {
        const line = free.pop();
        if (line === undefined) return;
        const place = next;
        next += 1;
        if (!paced) sentAt[place] = monotonicMs();
        line.send(requests[place] as Buffer, (status, body) => answered(place, line, status, body));
      }
    };
    const pacing = paced ? setInterval(() => {
      const now = monotonicMs();
      const until = Math.min(total, Math.floor(((now - sent.startedAt) / 1000) * (order.ratePerSecond ?? 0)) + 1);
      for (; due < until; due += 1) sentAt[due] = now;
      further();
    }, 1) : undefined;
    further();
  });
}

answerQuestions({ prepare, send });
