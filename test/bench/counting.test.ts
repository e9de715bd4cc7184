import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { figureAt, overRuns, percentile, total } from "../../bench/figures.ts";
import { arrivalsOf } from "../../bench/outbound/arrivals.ts";
import type { Published } from "../../bench/outbound/driving.ts";
import { HttpLine } from "../../bench/shared/http-line.ts";
import { readOptions } from "../../bench/outbound/options.ts";

const published = (ids: string[]): Published => ({
  ids, sentAt: Float64Array.from(ids, () => 100), acceptedAt: Float64Array.from(ids, () => 110), startedAt: 100, endedAt: 120, refused: ids.filter((id) => id === "").length, firstRefusal: "",
});

/** A sink that answers with what it was given. */
function sinkWith(arrived: Record<string, number>, requests: number): Parameters<typeof arrivalsOf>[0] {
  const log = { keys: Object.keys(arrived), at: Float64Array.from(Object.values(arrived)), requests };
  return { ask: async () => log } as unknown as Parameters<typeof arrivalsOf>[0];
}

test("a webhook that never came is lost, one that came again a duplicate, one of nobody a stray", async () => {
  const sink = sinkWith({ "/t/0 a": 130, "/t/0 b": 105, "/t/1 b": 150, "/t/0 other": 160 }, 6);
  const found = await arrivalsOf(sink, published(["a", "b", ""]), () => ["/t/0", "/t/1"]);
  expect(found).toMatchObject({ deliveries: 3, lost: 1, duplicates: 2, stray: 1, lastAt: 150 });
  expect(found.sentToArrivalMs).toEqual([30, 5, 50]);
  // One was there before its publisher had read the answer.
  expect(found.acceptedToArrivalMs).toEqual([20, 0, 40]);
});

test("every event of a batch is looked for", async () => {
  const found = await arrivalsOf(sinkWith({ "/t/0 a": 1, "/t/0 c": 1 }, 2), published(["a b", "c"]), () => ["/t/0"]);
  expect(found).toMatchObject({ deliveries: 2, lost: 1, duplicates: 0, stray: 0 });
});

test("of several runs each number becomes median, smallest and largest, at every depth", () => {
  const runs = [{ rate: 3, at: { p50: 10 }, note: "left out" }, { rate: 1, at: { p50: 30 }, note: "left out" }, { rate: 2, at: { p50: 20 }, note: "left out" }];
  const summary = overRuns(runs);
  expect(summary).toEqual({ rate: { median: 2, min: 1, max: 3 }, at: { p50: { median: 20, min: 10, max: 30 } }, note: "left out" });
  expect([figureAt(summary, "at.p50"), figureAt(runs[0] ?? {}, "at.p50"), figureAt(summary, "at.p99")]).toEqual([20, 10, undefined]);
});

test("a percentile is one of the values, whatever their order", () => {
  expect([percentile([9, 1, 5, 3, 7], 0.5), percentile([9, 1, 5, 3, 7], 1), percentile([10, 9], 0.99)]).toEqual([5, 9, 10]);
});

test("what was lost is found in every group of figures", () => {
  expect(total({ lost: 1, with: { lost: 2, deeper: { lost: 3, duplicates: 9 } } }, "lost")).toBe(6);
});

test("sizes without an end and unknown scenarios are refused", () => {
  const known = [{ name: "1x1", short: true }, { name: "growth", short: false }];
  expect(readOptions([], known)).toMatchObject({ only: ["1x1"], events: 10_000 });
  expect(readOptions(["--full", "--runs", "3"], known)).toMatchObject({ only: ["1x1", "growth"], runs: 3 });
  expect(() => readOptions(["--only", "1x1,1x2"], known)).toThrow("1x2");
  expect(() => readOptions(["--events", "1000000000"], known)).toThrow("--events");
});

let server: Server | undefined;
let line: HttpLine | undefined;
afterEach(() => {
  line?.close();
  server?.close();
});

/** A line to a server that does this with every request. */
async function lineTo(behave: (socket: Socket) => void): Promise<(body: string) => Promise<[number, string]>> {
  server = createServer((socket) => void socket.on("data", () => behave(socket)));
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  const address = server.address();
  const opened = (line = new HttpLine(typeof address === "object" && address !== null ? address.port : 0));
  return (body) => new Promise((resolve) => opened.send(Buffer.from(body), (status, text) => resolve([status, text])));
}

test("an answer that comes in pieces is read whole, and the next one by itself", async () => {
  let asked = 0;
  const send = await lineTo((socket) => {
    asked += 1;
    if (asked > 1) socket.write("HTTP/1.1 204 No Content\r\n\r\n");
    else socket.write("HTTP/1.1 202 Accepted\r\ncontent-le", () => setImmediate(() => socket.write("ngth: 8\r\n\r\n{\"i", () => setImmediate(() => socket.write("d\":1}")))));
  });
  expect(await send("first")).toEqual([202, '{"id":1}']);
  expect(await send("second")).toEqual([204, ""]);
});

test("a broken connection is an answer too, and the next request has a new one", async () => {
  let asked = 0;
  const send = await lineTo((socket) => {
    asked += 1;
    if (asked === 1) socket.destroy();
    else socket.write("HTTP/1.1 204 No Content\r\n\r\n");
  });
  expect((await send("first"))[0]).toBe(0);
  expect((await send("second"))[0]).toBe(204);
});
