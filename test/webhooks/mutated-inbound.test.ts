import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listProviders } from "../../src/providers/registry.ts";
import { hasWebhook } from "../../src/providers/contract.ts";
import { mutate } from "../providers/hostile.ts";
import type { Sent } from "../security/hostile-inbound/schemes.ts";
import { openTargets, type Target, type Targets } from "../security/hostile-inbound/target.ts";
import { openDoor, type Door } from "../support/door.ts";

// Genuine requests with one thing changed, through the real door. Ten thousand for each provider are the contract suite's,
// without HTTP; here it is what HTTP makes of a changed header that is at stake.

let door: Door;
let targets: Targets;
const slugs = listProviders().filter(({ webhook }) => hasWebhook(webhook)).map(({ manifest }) => manifest.slug);
const changesEach = 250;

beforeAll(async () => {
  door = await openDoor();
  targets = await openTargets(door);
});
afterAll(async () => {
  await targets?.close();
  await door?.stop();
});

interface Change { part: string; how: string; at: number; bit: number }

/** Null when HTTP cannot carry it, or makes the same of it as of the original. */
function changed(sent: Sent, { part, how, at, bit }: Change): Sent | null {
  const value = part === "body" ? sent.body : Buffer.from(part === "path" ? (sent.pathSecret ?? "") : (sent.headers.find(([name]) => name === part)?.[1] ?? ""), "latin1");
  if (value.length === 0) return null;
  const after = mutate(value, how, at, bit);
  if (after?.equals(value)) return null;
  if (part === "body") return { ...sent, body: after ?? Buffer.alloc(0) };
  const text = after?.toString("latin1").trim();
  if (text === value.toString("latin1") || (text !== undefined && !/^[\t\x20-\x7e\x80-\xff]*$/.test(text))) return null;
  if (part === "path") return text ? { ...sent, pathSecret: text } : null;
  return { ...sent, headers: sent.headers.flatMap(([name, old]): [string, string][] => (name !== part ? [[name, old]] : text === undefined ? [] : [[name, text]])) };
}

/** What the proof vouches for in a request; all of it where the proof covers the body. */
function vouched({ webhook, slug }: Target, sent: Sent): string {
  const raw = { method: "POST", url: `https://hooks.example.test/webhooks/${slug}/x`, headers: Object.fromEntries(sent.headers), body: sent.body, ...(sent.pathSecret === undefined ? {} : { pathSecret: sent.pathSecret }) };
  return JSON.stringify(webhook.vouchesFor?.(raw) ?? [sent.headers, sent.body.toString("base64")]);
}

it.each(slugs)("%s: what was changed on its way is taken only where nothing that its proof vouches for is different", async (slug) => {
  const target = targets.all.find((one) => one.slug === slug);
  if (target === undefined) throw new Error(`${slug} is missing`);
  const genuine = target.request();
  const parts = [...genuine.headers.map(([name]) => name).filter((name) => name !== "content-type"), ...(genuine.body.length > 0 ? ["body"] : []), ...(genuine.pathSecret === undefined ? [] : ["path"])];
  const change = fc.record({ part: fc.constantFrom(...parts), how: fc.constantFrom("flip", "cut", "swap", "insert", "drop"), at: fc.nat(), bit: fc.integer({ min: 0, max: 7 }) });
  const seed = Math.floor(Math.random() * 2 ** 31);
  const tries = fc.sample(change, { numRuns: changesEach, seed }).flatMap((one) => {
    const sent = changed(genuine, one);
    return sent === null ? [] : [{ one, sent }];
  });
  expect(tries.length, "most changes can be sent").toBeGreaterThan(changesEach / 4);
  expect((await target.send(genuine)).status).toBeLessThan(300);
  const faults: unknown[] = [];
  await Promise.all(tries.map(async ({ one, sent }) => {
    const { status } = await target.send(sent);
    const fine = status < 300 ? vouched(target, sent) === vouched(target, genuine) : [400, 401, 404].includes(status);
    if (!fine) faults.push({ ...one, status });
  }));
  expect(faults, `seed ${seed}`).toEqual([]);
});
