import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { HttpTransportError } from "./http.ts";
import { createHttpTransport } from "./http-transport.ts";

let server: Server | undefined;
const lines: object[] = [];
const logger = { debug: (fields: object) => void lines.push(fields) };

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

afterEach(async () => {
  lines.length = 0;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

describe("createHttpTransport", () => {
  it("sends and receives bytes, and logs no query", async () => {
    const url = await serve((request, response) => {
      response.setHeader("X-Two", ["a", "b"]);
      response.statusCode = 201;
      request.pipe(response);
    });
    const transport = createHttpTransport({ logger });
    const body = Buffer.from([0, 255, 10]);
    const answer = await transport.request({ method: "POST", url: `${url}/path?email=jane`, body });
    expect(answer).toMatchObject({ status: 201, headers: { "x-two": "a, b" }, body });
    expect(lines).toEqual([{ host: new URL(url).host, method: "POST", path: "/path", status: 201, ms: expect.any(Number) }]);
    await transport.close();
  });

  it("follows no redirect and keeps its connections", async () => {
    const ports = new Set<number | undefined>();
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.writeHead(302, { location: "/elsewhere" }).end("moved");
    });
    const transport = createHttpTransport({ logger });
    for (let i = 0; i < 8; i += 1) expect(await transport.request({ method: "GET", url })).toMatchObject({ status: 302 });
    expect(ports.size).toBeLessThanOrEqual(2);
    await transport.close();
  });

  it("gives up on an answer that is too long, slow or cut", async () => {
    const url = await serve((request, response) => {
      if (request.url === "/long") response.end("x".repeat(1001));
      if (request.url === "/cut") response.writeHead(200, { "content-length": "10" }).write("x", () => response.destroy());
      if (request.url === "/drip") {
        const timer = setInterval(() => response.write("x"), 20);
        response.on("close", () => clearInterval(timer));
      }
    });
    const transport = createHttpTransport({ logger, maxResponseBytes: 1000 });
    const attempt = (path: string) => transport.request({ method: "GET", url: `${url}${path}?secret=1`, timeoutMs: 200 });
    for (const path of ["/long", "/cut", "/drip", "/never"]) {
      const error = await attempt(path).catch((reason: unknown) => reason);
      expect(error, path).toBeInstanceOf(HttpTransportError);
      expect((error as Error).message).not.toContain("secret");
    }
    await expect(attempt("/drip")).rejects.toThrow(/within 200 ms/);
    await transport.close();
  });

  it("says that nobody is there, or that the URL is none", async () => {
    const url = await serve(() => {});
    await new Promise((resolve) => server?.close(resolve));
    const transport = createHttpTransport({ logger });
    await expect(transport.request({ method: "GET", url })).rejects.toThrow(/ECONNREFUSED/);
    await expect(transport.request({ method: "GET", url: "nonsense" })).rejects.toThrow(HttpTransportError);
    await transport.close();
  });
});
