import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

const timeoutMs = 1_000;
let platform: TestPlatform;
let receivers: ChildProcess;
let ports: Record<string, number> = {};

beforeAll(async () => {
  // Its own process, so that what it writes does not count as this one's memory.
  receivers = fork(fileURLToPath(new URL("../support/hostile-receivers.ts", import.meta.url)), { execArgv: ["--no-warnings"] });
  [{ ports }] = (await once(receivers, "message")) as [{ ports: Record<string, number> }];
  platform = await startPlatform({ env: { WEBHOOK_TIMEOUT_MS: String(timeoutMs), WEBHOOK_RETRY_SCHEDULE: "100ms" } });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(async () => {
  await platform?.stop();
  receivers?.disconnect();
});

async function ask(about: "hits" | "open", name: string): Promise<number> {
  receivers.send("counts");
  const [counts] = (await once(receivers, "message")) as [Record<"hits" | "open", Record<string, number>>];
  return counts[about][name] ?? 0;
}
const hitsOf = (name: string): Promise<number> => ask("hits", name);

let types = 0;
/** An endpoint that wants one event type of its own. */
async function endpoint(url: string, more: Record<string, unknown> = {}): Promise<{ id: string; type: string }> {
  const type = `hostile.case_${(types += 1)}`;
  const answer = await platform.request("POST", "/v1/tenants/acme/webhook-endpoints", { body: { url, eventTypes: [type], ...more } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return { id: answer.body.id, type };
}

async function send(type: string): Promise<string> {
  const answer = await platform.request("POST", "/v1/tenants/acme/events", { body: { type, payload: { n: 1 } } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  return answer.body.id;
}

interface Attempt {
  at: string;
  statusCode: number | null;
  latencyMs: number;
  responseBody: string | null;
  error: string | null;
}
interface Delivery {
  id: string;
  status: string;
  attempts: Attempt[];
  createdAt: string;
  deliveredAt: string | null;
  nextAttemptAt: string | null;
}

async function deliveriesTo(endpointId: string): Promise<Delivery[]> {
  const list = await platform.request("GET", `/v1/tenants/acme/deliveries?endpointId=${endpointId}&limit=100`);
  expect(list.status, JSON.stringify(list.body)).toBe(200);
  return list.body.data;
}

async function settled(endpointId: string, ...statuses: string[]): Promise<Delivery> {
  const [found] = await until("the delivery", () => deliveriesTo(endpointId), ([one]) => one !== undefined && statuses.includes(one.status));
  return (await platform.request("GET", `/v1/tenants/acme/deliveries/${found?.id}`)).body;
}

const rssMiB = (): number => process.memoryUsage().rss / 1024 / 1024;

describe("F8 a receiver that breaks HTTP", () => {
  // The word that is recorded, or the status when the answer's beginning was sound.
  const cases: [name: string, recorded: string | number][] = [
    ["refuses", "connection_failed"], ["badTls", "connection_failed"], ["resetMidBody", "connection_failed"], ["resetAtOnce", "connection_failed"], ["closesAtOnce", "connection_failed"],
    ["hangsBeforeHeaders", "timeout"], ["slowHeaders", "timeout"], ["slowBodyOfError", 500], ["endlessBodyOfError", 500], ["gzipBomb", 500], ["refreshes", 500],
    ["continueStall", "connection_failed"], ["switchesProtocol", "connection_failed"], ["informationalFlood", "bad_answer"], ["hugeHeader", "bad_answer"], ["manyHeaders", "bad_answer"],
    ["garbage", "bad_answer"], ["http09", "bad_answer"], ["twoLengths", "connection_failed"], ["badChunks", "bad_answer"], 
    ["slowBodyOfSuccess", "timeout"], ["endlessBodyOfSuccess", "answer_too_large"], ["declaresTenGigabytes", "answer_too_large"], ["limitAndOneByte", "answer_too_large"], ["limitAndOneByteChunked", "answer_too_large"],
    ["exactlyTheLimit", 200], ["exactlyTheLimitChunked", 200],
  ];
  // Where a case is one of the S table as well.
  const numbers: Record<string, string> = { refreshes: "S111 ", switchesProtocol: "S120 ", http09: "S120 " };
  const urlOf = (name: string): string => {
    if (name === "refuses") return "http://127.0.0.1:2/";
    return name === "badTls" ? `https://127.0.0.1:${ports["healthy"]}/` : `http://127.0.0.1:${ports[name]}/`;
  };
  const ids = new Map<string, string>();
  let healthy = "";
  let grownMiB = 0;

  beforeAll(async () => {
    const good = await endpoint(`http://127.0.0.1:${ports["healthy"]}/`);
    healthy = good.id;
    for (let n = 0; n < 20; n += 1) await send(good.type);
    await until("the first deliveries", () => deliveriesTo(healthy), (all) => all.filter((one) => one.status === "delivered").length === 20);
    const before = rssMiB();
    const watch = setInterval(() => {
      grownMiB = Math.max(grownMiB, rssMiB() - before);
    }, 20);
    for (const [name] of cases) {
      const { id, type } = await endpoint(urlOf(name));
      ids.set(name, id);
      await send(type);
      await send(good.type);
    }
    for (const [name] of cases) await settled(ids.get(name) ?? "", "failed", "delivered");
    clearInterval(watch);
  });

  test.each(cases.map(([name, recorded]) => [numbers[name] ?? "", name, recorded] as const))("%s%s: recorded as %s in time", async (_number, name, recorded) => {
    const { status, attempts } = await settled(ids.get(name) ?? "", "failed", "delivered");
    expect(attempts.map((one) => (typeof recorded === "number" ? one.statusCode : one.error))).toEqual(recorded === 200 ? [200] : [recorded, recorded]);
    if (recorded === 500) expect(attempts.map((one) => one.error)).toEqual(["status", "status"]);
    expect(status).toBe(recorded === 200 ? "delivered" : "failed");
    for (const one of attempts) {
      expect(one.latencyMs).toBeLessThanOrEqual(timeoutMs + 1_000);
      expect(Buffer.byteLength(one.responseBody ?? "")).toBeLessThanOrEqual(8 * 1024);
    }
  });

  test("an answer whose body never ends has its status beside the time-out, one that never began has none", async () => {
    expect((await settled(ids.get("slowBodyOfSuccess") ?? "", "failed")).attempts[0]?.statusCode).toBe(200);
    expect((await settled(ids.get("hangsBeforeHeaders") ?? "", "failed")).attempts[0]?.statusCode).toBeNull();
  });

  // The first never sends a byte of its body: what it declares is enough.
  test.each(["declaresTenGigabytes", "endlessBodyOfSuccess"])("%s: its connections are closed", async (name) => {
    await settled(ids.get(name) ?? "", "failed");
    expect(await hitsOf(name)).toBe(2);
    await until("its connections to close", () => ask("open", name), (open) => open === 0);
  });

  test("a compressed answer is kept as it came, not inflated", async () => {
    const { attempts } = await settled(ids.get("gzipBomb") ?? "", "failed");
    expect(attempts[0]?.responseBody?.startsWith("\u001f\ufffd\b")).toBe(true);
  });

  test("another endpoint gets all its webhooks meanwhile", async () => {
    const all = await until("the healthy endpoint", () => deliveriesTo(healthy), (list) => list.every((one) => one.status === "delivered"));
    expect(all).toHaveLength(20 + cases.length);
    for (const one of all) expect(Date.parse(one.deliveredAt ?? "") - Date.parse(one.createdAt)).toBeLessThan(timeoutMs + 1_000);
  });

  test("memory grows by 50 MB at most", () => {
    console.log(`hostile receivers: memory grew by ${grownMiB.toFixed(1)} MB`);
    expect(grownMiB).toBeLessThan(50);
  });
});

describe("F10 Retry-After", () => {
  const httpDate = (ms: number): string => new Date(Date.now() + ms).toUTCString();
  test.each<[string, () => string, number]>([
    ["seconds", () => "120", 120], ["an HTTP date", () => httpDate(300_000), 300], ["a date of the past", () => httpDate(-300_000), 10], ["less than planned", () => "1", 10], ["a negative number", () => "-5", 10],
    ["10^12", () => "1000000000000", 86_400], ["a date in a century", () => httpDate(36_500 * 86_400_000), 86_400], ["junk", () => "soon", 10], ["nothing", () => "", 10], ["a fraction", () => "1.5e3", 10],
  ])("%s", async (_what, value, expectedSeconds) => {
    for (const status of [429, 503]) {
      const { id, type } = await endpoint(`http://127.0.0.1:${ports["limits"]}/${status}/${encodeURIComponent(value())}`, { retrySchedule: [10] });
      await send(type);
      const { attempts, nextAttemptAt } = await settled(id, "retrying");
      expect(attempts[0]).toMatchObject({ statusCode: status });
      const wait = (Date.parse(nextAttemptAt ?? "") - Date.parse(attempts[0]?.at ?? "")) / 1000;
      expect(wait).toBeGreaterThan(expectedSeconds * 0.88 - 2);
      expect(wait).toBeLessThan(expectedSeconds * 1.12 + 2);
    }
  });
});

describe("F11 S105 S106 S107 S108 S109 S110 S112 a redirect", () => {
  const ways = [301, 302, 303, 307, 308].flatMap((status) => ["absolute", "protocol", "path"].map((kind) => [status, kind] as const));
  test.each(ways)("%i with a location that is %s is a failure and is not followed", async (status, kind) => {
    const { id, type } = await endpoint(`http://127.0.0.1:${ports["redirectsTo"]}/${status}/${kind}`);
    const before = await hitsOf("redirectsTo");
    await send(type);
    const { attempts } = await settled(id, "failed");
    expect(attempts.map((one) => [one.statusCode, one.error])).toEqual([[status, "redirect"], [status, "redirect"]]);
    expect(await hitsOf("redirectsTo")).toBe(before + 2);
    expect(await hitsOf("canary")).toBe(0);
  });

  test("410 disables the endpoint, and what waits is held", async () => {
    const { id, type } = await endpoint(`http://127.0.0.1:${ports["gone"]}/`);
    await send(type);
    expect((await settled(id, "held")).attempts).toMatchObject([{ statusCode: 410 }]);
    await until("the endpoint", () => platform.request("GET", `/v1/tenants/acme/webhook-endpoints/${id}`), ({ body }) => body.enabled === false);
  });
});

describe("S an address that got past the check", () => {
  test.each(["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[64:ff9b::7f00:1]/", "the canary by 0.0.0.0", "http://127.0.0.1:7233/"])("%s is blocked and not tried again", async (url) => {
    const { id, type } = await endpoint(`http://127.0.0.1:${ports["canary"]}/`);
    const target = url.startsWith("http") ? url : `http://0.0.0.0:${ports["canary"]}/`;
    await platform.owner.query("UPDATE webhook_endpoint SET url = $2 WHERE id = $1", [id, target]);
    await send(type);
    const { attempts, nextAttemptAt } = await settled(id, "failed");
    expect(attempts).toMatchObject([{ error: "blocked", statusCode: null, responseBody: null }]);
    expect(nextAttemptAt).toBeNull();
    expect(await hitsOf("canary")).toBe(0);
  });
});
