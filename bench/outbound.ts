// npm run bench -- outbound [--events 10000] [--only 1x1]: publishes over the API at 50 connections until the sink has all.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { startInstallation, type LocalInstallation } from "../test/support/local-installation.ts";
import { cpuMs, residentMiB, spread } from "./figures.ts";

const { values } = parseArgs({ args: process.argv.slice(2).filter((word) => word !== "outbound"), options: { events: { type: "string", default: "10000" }, only: { type: "string" } } });
const events = Number(values.events);
const connections = 50;
const payload = { text: "x".repeat(1000) };

interface Scenario {
  name: string;
  tenants: number;
  endpoints: number;
  events: number;
}

const scenarios: Scenario[] = [
  { name: "1x1", tenants: 1, endpoints: 1, events },
  { name: "100x1", tenants: 100, endpoints: 1, events },
  { name: "1x10", tenants: 1, endpoints: 10, events: Math.ceil(events / 10) },
  { name: "accept-only", tenants: 1, endpoints: 0, events },
];

class Sink {
  private readonly child: ChildProcess;
  port = 0;

  constructor() {
    this.child = fork(new URL("./sink.ts", import.meta.url));
  }

  async start(): Promise<void> {
    [{ port: this.port }] = (await once(this.child, "message")) as [{ port: number }];
  }

  async ask<T>(question: string): Promise<T> {
    const answer = once(this.child, "message");
    this.child.send({ ask: question });
    return (await answer)[0] as T;
  }

  stop(): void {
    this.child.disconnect();
  }
}

async function run(installation: LocalInstallation, rootPid: number, sink: Sink, scenario: Scenario): Promise<Record<string, unknown>> {
  const api = new Pool(installation.apiUrl, { connections, pipelining: 1 });
  const call = async (path: string, body: unknown): Promise<{ id: string }> => {
    const answer = await api.request({ method: "POST", path, headers: { authorization: `Bearer ${installation.adminKey}`, "content-type": "application/json" }, body: JSON.stringify(body) });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as { id: string };
  };
  const tenants = Array.from({ length: scenario.tenants }, (_, n) => `b${scenario.name.replace(/[^a-z0-9]/g, "")}${Date.now().toString(36)}-${n}`);
  for (const tenant of tenants) {
    await call("/v1/tenants", { id: tenant, name: tenant });
    for (let n = 0; n < scenario.endpoints; n += 1) await call(`/v1/tenants/${tenant}/webhook-endpoints`, { url: `http://127.0.0.1:${sink.port}/${tenant}/${n}` });
  }
  for (let n = 0; n < 300; n += 1) await call(`/v1/tenants/${tenants[n % tenants.length] ?? ""}/events`, { type: "bench.warmed", payload });
  const expectedWarm = 300 * scenario.endpoints;
  while ((await sink.ask<{ count: number }>("count")).count < expectedWarm) await sleep(50);
  await sink.ask("clear");

  const sentAt = new Map<string, number>();
  const latencies: number[] = [];
  let next = 0;
  const cpuBefore = cpuMs(rootPid);
  const started = performance.now();
  await Promise.all(Array.from({ length: connections }, async () => {
    while (next < scenario.events) {
      const tenant = tenants[next % tenants.length] ?? "";
      next += 1;
      const at = performance.timeOrigin + performance.now();
      const { id } = await call(`/v1/tenants/${tenant}/events`, { type: "bench.event", payload });
      latencies.push(performance.timeOrigin + performance.now() - at);
      sentAt.set(id, at);
    }
  }));
  const publishedMs = performance.now() - started;
  const expected = scenario.events * scenario.endpoints;
  for (const endAt = Date.now() + 120_000; Date.now() < endAt; await sleep(20)) {
    if ((await sink.ask<{ count: number }>("count")).count >= expected) break;
  }
  const deliveredMs = performance.now() - started;
  const { arrivals } = await sink.ask<{ arrivals: [string, number][] }>("arrivals");
  const { requests } = await sink.ask<{ requests: number }>("count");
  const cpu = cpuMs(rootPid) - cpuBefore;
  await sink.ask("clear");
  await api.close();
  const travel = arrivals.map(([key, at]) => at - (sentAt.get(key.split(" ")[1] ?? "") ?? at));
  return {
    scenario: scenario.name,
    events: scenario.events,
    publishPerSecond: Math.round((scenario.events / publishedMs) * 1000),
    postMs: spread(latencies),
    ...(expected === 0 ? {} : {
      deliveries: arrivals.length,
      lost: expected - arrivals.length,
      duplicates: requests - arrivals.length,
      deliveriesPerSecond: Math.round((arrivals.length / deliveredMs) * 1000),
      arrivalMs: spread(travel),
      cpuMsPerDelivery: Math.round((cpu / arrivals.length) * 1000) / 1000,
    }),
    apiMiB: residentMiB(await installation.pidOf("api")),
    workerMiB: residentMiB(await installation.pidOf("worker")),
  };
}

const sink = new Sink();
await sink.start();
const installation = await startInstallation({ LOG_LEVEL: "warn" });
const results: Record<string, unknown>[] = [];
try {
  for (const scenario of scenarios.filter(({ name }) => values.only === undefined || name === values.only)) {
    const result = await run(installation, installation.pid, sink, scenario);
    console.log(JSON.stringify(result, null, 1).replaceAll(/\n\s*/g, " "));
    results.push(result);
  }
} finally {
  await installation.stop();
  sink.stop();
}
console.log(JSON.stringify({ bench: "outbound", connections, results }));
process.exit(0);
