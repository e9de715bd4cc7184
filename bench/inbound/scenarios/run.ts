import { spread, rounded, type Figures } from "../../figures.ts";
import { cpuFigures, metered, type Metered, type Roots } from "../../shared/meter.ts";
import type { PrepareOrder, Sent } from "../order.ts";
import type { Stand } from "../stand.ts";

export const connections = 50;
const warmRequests = 1_000;

export interface Run {
  sent: Sent;
  used: Metered;
  count: number;
}

/** Where requests go, and the processes whose use counts. */
export interface Target {
  port: number;
  roots: Roots;
}

export function theDoor(stand: Stand): Target {
  return { port: stand.apiPort, roots: stand.roots };
}

export type Wish = Partial<PrepareOrder> & Pick<PrepareOrder, "count"> & { providers?: string[]; ratePerSecond?: number; connections?: number };

/** Prepares, sends, and measures the sending alone. */
export async function sendAll(stand: Stand, target: Target, wish: Wish): Promise<Run> {
  const { providers = ["sumsub"], ratePerSecond, connections: lines = connections, ...order } = wish;
  const integrations = stand.integrations.filter(({ provider }) => providers.includes(provider));
  await stand.sender.ask("prepare", { forgedPercent: 0, copies: 1, objects: [], ...order, integrations });
  const roots = { ...target.roots, driver: stand.sender.pid };
  const [sent, used] = await metered(roots, () => stand.sender.ask<Sent>("send", { port: target.port, connections: lines, ratePerSecond }));
  return { sent, used, count: wish.count };
}

/** What only a first webhook pays is not measured; the rows of before are gone, with the work that they would make. */
export async function warm(stand: Stand, target: Target, wish: Wish): Promise<void> {
  await sendAll(stand, target, { ...wish, count: Math.min(wish.count, warmRequests), ratePerSecond: undefined } as Wish);
  await clear(stand);
}

export async function clear(stand: Stand): Promise<void> {
  await stand.db.query("TRUNCATE inbound_event, inbound_body");
  await stand.db.query("CHECKPOINT");
}

/** Recorded news and their bodies; what was refused is counted in rows of its own. */
export async function rowsOf(stand: Stand): Promise<{ events: number; bodies: number; refused: number }> {
  const { rows } = await stand.db.query<{ events: number; bodies: number; refused: number }>(
    `SELECT (SELECT count(*)::int FROM inbound_event WHERE status <> 'rejected') AS events, (SELECT count(*)::int FROM inbound_body) AS bodies,
      (SELECT COALESCE(sum(duplicates + 1), 0)::int FROM inbound_event WHERE status = 'rejected') AS refused`);
  return rows[0] ?? { events: 0, bodies: 0, refused: 0 };
}

export function countOf(answers: Record<number, number>, good: (status: number) => boolean): number {
  return Object.entries(answers).reduce((sum, [status, count]) => sum + (good(Number(status)) ? count : 0), 0);
}

export const accepted = (status: number): boolean => status >= 200 && status < 300;

/** What every scenario shows. The driver's CPU stands apart: it is no part of the product, and must not be what is measured. */
export function figuresOf({ sent, used, count }: Run): Figures {
  const seconds = (sent.endedAt - sent.startedAt) / 1000;
  const { driver = 0, ...parts } = used.cpuMs;
  const { driver: _driver, ...peakMiB } = used.peakMiB;
  return {
    requests: count,
    webhooksPerSecond: rounded(countOf(sent.valid, accepted) / seconds),
    answerMs: spread([...sent.validMs]),
    cpuMsPerWebhook: cpuFigures({ ...used, cpuMs: parts }, count),
    driverCpuMsPerWebhook: Number((driver / count).toFixed(3)),
    driverCpuShare: rounded(driver / (seconds * 1000)),
    peakMiB,
  };
}

/** What every figure comes with: valid ones that got no 2xx, accepted ones that are not stored, forged ones that were let in. */
export async function honesty(stand: Stand, { sent }: Run, expectedRows = countOf(sent.valid, accepted)): Promise<Figures> {
  const { events } = await rowsOf(stand);
  return {
    lost: Math.max(0, expectedRows - events),
    strange: Math.max(0, events - expectedRows),
    notAccepted: countOf(sent.valid, (status) => !accepted(status)),
    letIn: countOf(sent.forged, accepted),
    ...(sent.firstTrouble === "" ? {} : { firstTrouble: sent.firstTrouble }),
  };
}
