// A process of receivers that break HTTP, each in its own way, on 127.0.0.1. Started by a test, it sends the ports once and
// afterwards, when asked, how many requests each one had and how many of its connections are open.
import { createServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";

type Behaviour = (socket: Socket, request: Buffer) => void;

/** Writes the chunk again and again, as fast as it is read. */
function endlessly(socket: Socket, chunk: Buffer | string): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more);
  more();
}

function slowly(socket: Socket, text: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(text[sent++ % text.length] ?? "x");
  }, 200);
}

const answer = (status: string, ...headers: string[]): string => [`HTTP/1.1 ${status}`, ...headers, "", ""].join("\r\n");
const chunkOf = (data: Buffer): Buffer => Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from("\r\n")]);
const zeros = Buffer.alloc(64 * 1024);

const behaviours: Record<string, Behaviour> = {
  resetMidBody: (socket) => socket.write(`${answer("200 OK", "content-length: 1000")}half`, () => setTimeout(() => socket.resetAndDestroy(), 50)),
  resetAtOnce: (socket) => void socket.resetAndDestroy(),
  closesAtOnce: (socket) => void socket.end(),
  hangsBeforeHeaders: () => undefined,
  slowHeaders: (socket) => slowly(socket, answer("200 OK", `x-long: ${"x".repeat(1_000)}`)),
  slowBodyOfError: (socket) => socket.write(answer("500 Broken", "content-length: 1000"), () => slowly(socket, "x")),
  slowBodyOfSuccess: (socket) => socket.write(answer("200 OK", "content-length: 1000"), () => slowly(socket, "x")),
  endlessBodyOfError: (socket) => socket.write(answer("500 Broken", "content-length: 10737418240"), () => endlessly(socket, zeros)),
  endlessBodyOfSuccess: (socket) => socket.write(answer("200 OK", "transfer-encoding: chunked"), () => endlessly(socket, chunkOf(Buffer.alloc(64 * 1024, 0xff)))),
  declaresTenGigabytes: (socket) => void socket.write(answer("200 OK", "content-length: 10737418240")),
  limitAndOneByte: (socket) => void socket.write(`${answer("200 OK", `content-length: ${128 * 1024 + 1}`)}${"x".repeat(128 * 1024 + 1)}`),
  limitAndOneByteChunked: (socket) => void socket.write(Buffer.concat([Buffer.from(answer("200 OK", "transfer-encoding: chunked")), chunkOf(Buffer.alloc(128 * 1024 + 1, "x")), chunkOf(Buffer.alloc(0))])),
  exactlyTheLimit: (socket) => void socket.write(`${answer("200 OK", `content-length: ${128 * 1024}`)}${"x".repeat(128 * 1024)}`),
  exactlyTheLimitChunked: (socket) => void socket.write(Buffer.concat([Buffer.from(answer("200 OK", "transfer-encoding: chunked")), chunkOf(Buffer.alloc(128 * 1024, "x")), chunkOf(Buffer.alloc(0))])),
  gzipBomb: (socket) => socket.write(answer("500 Broken", "content-encoding: gzip"), () => endlessly(socket, gzipSync(Buffer.alloc(10 * 1024 * 1024)))),
  continueStall: (socket) => void socket.write(answer("100 Continue")),
  informationalFlood: (socket) => endlessly(socket, answer("103 Early Hints", "link: </a.css>")),
  switchesProtocol: (socket) => void socket.write(answer("101 Switching Protocols", "connection: upgrade", "upgrade: websocket")),
  hugeHeader: (socket) => void socket.write(answer("200 OK", `x-huge: ${"x".repeat(1024 * 1024)}`)),
  manyHeaders: (socket) => socket.write("HTTP/1.1 200 OK\r\n", () => endlessly(socket, "x-many: x\r\n")),
  garbage: (socket) => endlessly(socket, Buffer.from("\u0000\u0001garbage\xff\r\n\r\n", "latin1")),
  http09: (socket) => void socket.end("<html>no status line</html>"),
  twoLengths: (socket) => void socket.write(`${answer("200 OK", "content-length: 2", "content-length: 3")}okk`),
  badChunks: (socket) => void socket.write(`${answer("200 OK", "transfer-encoding: chunked")}zz\r\n`),
  refreshes: (socket) => void socket.end(answer("500 Broken", `refresh: 0; url=http://127.0.0.1:${portOf("canary")}/`, "content-length: 0")),
  // POST /429/120: the status, and what Retry-After says.
  limits: (socket, request) => {
    const [, status = "", retryAfter = ""] = /^POST \/(\d+)\/(\S*)/.exec(request.toString("latin1")) ?? [];
    socket.end(answer(`${status} Later`, `retry-after: ${decodeURIComponent(retryAfter)}`, "content-length: 0"));
  },
  gone: (socket) => void socket.end(answer("410 Gone", "content-length: 0")),
  redirectsTo: (socket, request) => {
    const [, status = "", scheme = ""] = /^POST \/(\d+)\/(\S*)/.exec(request.toString("latin1")) ?? [];
    const location = { absolute: `http://127.0.0.1:${portOf("canary")}/`, protocol: `//127.0.0.1:${portOf("canary")}/`, path: "/again" }[scheme] ?? "";
    socket.end(answer(`${status} Moved`, `location: ${location}`, "content-type: text/html", "connection: close") + `<meta http-equiv="refresh" content="0; url=${location}">`);
  },
  healthy: (socket) => void socket.write(answer("204 No Content")),
  canary: (socket) => void socket.end(answer("200 OK", "content-length: 0")),
};

const hits = new Map<string, number>();
/** Connections that are open now. */
const open = new Map<string, number>();
const servers = new Map<string, Server>();

function portOf(name: string): number {
  const address = servers.get(name)?.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function listen(name: string, behave: Behaviour): Promise<void> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    open.set(name, (open.get(name) ?? 0) + 1);
    socket.on("close", () => open.set(name, (open.get(name) ?? 0) - 1));
    let request = Buffer.alloc(0);
    socket.on("data", (data: Buffer) => {
      // A TLS handshake is answered as if TLS were unknown here.
      if (request.length === 0 && data[0] === 0x16) {
        socket.end(answer("400 Bad Request"));
        return;
      }
      request = Buffer.concat([request, data]);
      // The last byte of every webhook's JSON.
      if (data.at(-1) !== 0x7d) return;
      hits.set(name, (hits.get(name) ?? 0) + 1);
      behave(socket, request);
      request = Buffer.alloc(0);
    });
  });
  servers.set(name, server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
}

for (const [name, behave] of Object.entries(behaviours)) await listen(name, behave);
process.on("message", () => process.send?.({ hits: Object.fromEntries(hits), open: Object.fromEntries(open) }));
process.on("disconnect", () => process.exit());
process.send?.({ ports: Object.fromEntries([...servers.keys()].map((name) => [name, portOf(name)])) });
