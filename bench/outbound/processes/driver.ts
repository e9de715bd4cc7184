// The publisher, lean as the sink is. Two ways: as fast as answers come (closed loop), or at a fixed rate, where a request
// counts from the moment it was due even if no connection was free for it.
import { answerQuestions } from "../../shared/answer-questions.ts";
import { monotonicMs } from "../../shared/clock.ts";
import { HttpLine } from "../../shared/http-line.ts";
import type { Published, PublishOrder } from "../driving.ts";

function toRequests(order: PublishOrder): Buffer[] {
  const head = `Host: 127.0.0.1:${order.port}\r\nAuthorization: Bearer ${order.key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(order.body)}`;
  return order.paths.map((path) => Buffer.from(`POST ${path} HTTP/1.1\r\n${head}\r\n\r\n${order.body}`));
}

function idsIn(body: string): string {
  return Array.from(body.matchAll(/"id":"([^"]+)"/g), ([, id]) => id).join(" ");
}

function publish(order: PublishOrder): Promise<Published> {
  const requests = toRequests(order);
  const total = order.total;
  const published: Published = { ids: Array.from({ length: total }, () => ""), sentAt: new Float64Array(total), acceptedAt: new Float64Array(total), startedAt: monotonicMs(), endedAt: 0, refused: 0, firstRefusal: "" };
  const lines = Array.from({ length: order.connections }, () => new HttpLine(order.port));
  const free = [...lines];
  const paced = order.ratePerSecond !== undefined;
  let due = paced ? 0 : total;
  let next = 0;
  let answers = 0;

  return new Promise((resolve) => {
    const accepted = (place: number, line: HttpLine, status: number, body: string): void => {
      published.acceptedAt[place] = monotonicMs();
      if (status >= 200 && status < 300) published.ids[place] = idsIn(body);
      else {
        published.refused += 1;
        published.firstRefusal ||= `${status} ${body.slice(0, 300)}`;
      }
      answers += 1;
      free.push(line);
      if (answers < total) return send();
      published.endedAt = monotonicMs();
      clearInterval(pacing);
      for (const one of lines) one.close();
      resolve(published);
    };
    const send = (): void => {
      while (next < due) {
        const line = free.pop();
        if (line === undefined) return;
        const place = next;
        next += 1;
        if (!paced) published.sentAt[place] = monotonicMs();
        line.send(requests[place % requests.length] as Buffer, (status, body) => accepted(place, line, status, body));
      }
    };
    const pacing = paced ? setInterval(() => {
      const now = monotonicMs();
      const until = Math.min(total, Math.floor(((now - published.startedAt) / 1000) * (order.ratePerSecond ?? 0)) + 1);
      for (; due < until; due += 1) published.sentAt[due] = now;
      send();
    }, 1) : undefined;
    send();
  });
}

answerQuestions({ publish });
