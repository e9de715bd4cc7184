import { expect } from "vitest";
import { until } from "../../support/wait.ts";
import { openClient } from "../../support/raw-http.ts";
import { refused, type HostileCase } from "./case.ts";
import type { Sent } from "./schemes.ts";
import type { Target } from "./target.ts";

// I41–I48: the same once more, elsewhere, later, or with something else in it.

const good = (status: number): boolean => status >= 200 && status < 300;
const byBody = "its news are named by the body alone: another body is other news";

/** Those of the vendors whose events have an id, or something like it, that is not the body's hash. */
const named = new Set(["calendly", "checkr", "docusign", "dropbox-sign", "google", "indeed", "lever", "lucca", "microsoft", "onfido", "sendgrid", "slack", "stripe", "sumsub", "zoom"]);

async function sendEach(target: Target, requests: Sent[]): Promise<number[]> {
  const answers = await Promise.all(requests.map((sent) => target.send(sent)));
  return answers.map((answer) => answer.status);
}

async function conflicts({ door, id }: Target): Promise<number> {
  const rows = await door.platform.db.tenantTransaction("acme", (tx) => tx.inboundEvent.findMany({ where: { integrationId: id }, select: { conflicts: true } }));
  return rows.reduce((sum, row) => sum + row.conflicts, 0);
}

/** A piece of news that no other case has sent: the example's own, a moment later. */
function news(target: Target, more: Record<string, unknown>): Buffer {
  target.door.now = new Date(target.door.now.getTime() + 1_000);
  return target.body(more);
}

const slow = (id: string, name: string, run: HostileCase["run"]): HostileCase => ({ id, name, run, slow: true });
const free = (id: string, name: string, run: HostileCase["run"]): HostileCase => ({ id, name, run });

export const replayCases: HostileCase[] = [
  free("I41", "the same bytes a hundred times at once", async (target) => {
    const sent = target.request({ body: news(target, { replay: "same" }) });
    const before = await target.accepted();
    expect((await sendEach(target, Array.from({ length: 100 }, () => sent))).every(good), target.slug).toBe(true);
    // News with an id may have come in another case; they are none the more for that.
    expect(await target.accepted() - before, target.slug).toBeLessThanOrEqual(1);
    expect(await target.accepted(), target.slug).toBeGreaterThan(0);
  }),
  free("I42", "the same event signed anew", async (target) => {
    if (target.scheme.time === null) return "it signs no time: a repetition has the same bytes, I41";
    const body = news(target, { replay: "anew" });
    const before = await target.accepted();
    for (const shift of [0, 5_000]) expect(good((await target.send(target.request({ body, time: target.time(shift) }))).status), target.slug).toBe(true);
    const made = await target.accepted() - before;
    // Where the time is the event's own, another time is another event.
    expect(made, target.slug).toBeLessThanOrEqual(target.scheme.place === "body" ? 2 : 1);
    return undefined;
  }),
  slow("I43", "the same id with another body", async (target) => {
    if (!named.has(target.slug)) return byBody;
    if (target.slug === "google") return "it has no body";
    const [first, second] = [news(target, { replay: "first" }), target.body({ replay: "second" })];
    expect(good((await target.send(target.request({ body: first }))).status), target.slug).toBe(true);
    const [before, known] = [await target.accepted(), await conflicts(target)];
    expect(good((await target.send(target.request({ body: second }))).status), target.slug).toBe(true);
    expect(await target.accepted(), target.slug).toBe(before);
    await until(`${target.slug}'s conflict to be counted`, () => conflicts(target), (count) => count > known);
    return undefined;
  }),
  free("I44", "no id: the body stands for it", async (target) => {
    if (named.has(target.slug)) return "its events are named by more than the body";
    const [one, other] = [news(target, { replay: "one" }), target.body({ replay: "other" })];
    const before = await target.accepted();
    for (const body of [one, one, other, other]) expect(good((await target.send(target.request({ body }))).status), target.slug).toBe(true);
    expect(await target.accepted() - before, target.slug).toBe(2);
    return undefined;
  }),
  slow("I45", "once more to a process that was started later", async (target) => {
    const sent = target.request({ body: news(target, { replay: "restart" }) });
    expect(good((await target.send(sent)).status), target.slug).toBe(true);
    const before = await target.accepted();
    await elsewhere(target, async (send) => expect(good(await send(sent)), target.slug).toBe(true));
    expect(await target.accepted(), target.slug).toBe(before);
  }),
  slow("I46", "at two processes in the same moment", async (target) => {
    const sent = target.request({ body: news(target, { replay: "two" }) });
    const before = await target.accepted();
    await elsewhere(target, async (send) => {
      const statuses = await Promise.all([...Array.from({ length: 10 }, () => send(sent)), sendEach(target, Array.from({ length: 10 }, () => sent))]);
      expect(statuses.flat().every(good), target.slug).toBe(true);
    });
    expect(await target.accepted() - before, target.slug).toBeLessThanOrEqual(1);
  }),
  refused("I47", "at another tenant's address", (target) => ({ sent: target.request(), to: target.other.id })),
  free("I48", "until the time is over, and then no more", async (target) => {
    if (target.scheme.time === null) return "it signs no time";
    const sent = target.request({ body: news(target, { replay: "late" }) });
    const begin = target.door.now;
    const after = (seconds: number): Date => new Date(Math.floor(begin.getTime() / 1000) * 1000 + seconds * 1000);
    try {
      const { toleranceSeconds } = target.scheme;
      for (const [seconds, expected] of [[0, true], [toleranceSeconds - 1, true], [toleranceSeconds + 2, false]] as const) {
        target.door.now = after(seconds);
        expect(good((await target.send(sent)).status), `${target.slug} after ${seconds} s`).toBe(expected);
      }
    } finally {
      target.door.now = begin;
    }
    return undefined;
  }),
];

async function elsewhere(target: Target, work: (send: (sent: Sent) => Promise<number>) => Promise<void>): Promise<void> {
  const second = await target.door.another();
  // Both are the same product at one public address, which some vendors sign.
  second.platform.config.publicUrl = target.door.platform.config.publicUrl;
  second.now = target.door.now;
  const client = openClient(`http://127.0.0.1:${second.port}`);
  try {
    await work(async (sent) => (await client.send({ method: "POST", path: target.path(sent), headers: sent.headers, body: sent.body })).status);
  } finally {
    await client.close();
    await second.stop();
  }
}
