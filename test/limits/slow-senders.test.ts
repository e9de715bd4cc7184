import { connect } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildApp } from "../../api/app.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { openSlowSockets, slowKinds } from "../support/slow-senders.ts";
import { sumsubSecret, sumsubWebhook } from "../support/sumsub-sender.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;
let integrationId: string;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  integrationId = (await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } })).body.id;
});
afterAll(() => platform?.stop());

it("sockets that say little or nothing are closed, whoever is served meanwhile", async () => {
  const path = `/webhooks/sumsub/${integrationId}`;
  const slow = await openSlowSockets(platform.apiUrl, path, 60, 250);
  let served = 0;
  const others = async (): Promise<number> => {
    const webhook = sumsubWebhook(sumsubSecret(integrationId), `applicant-${served}`);
    expect((await fetch(`${platform.apiUrl}${path}`, { method: "POST", headers: webhook.headers, body: webhook.body })).status).toBe(200);
    served += 1;
    return slow.filter(({ closedAfterMs }) => closedAfterMs === null).length;
  };
  await until("every slow socket to be closed", others, (open) => open === 0);
  expect(served).toBeGreaterThan(10);
  expect(new Set(slow.map(({ kind }) => kind))).toEqual(new Set(slowKinds));
});

/** What the server answers to these bytes before it closes the connection. */
function exchange(bytes: string): Promise<string> {
  const { hostname, port } = new URL(platform.apiUrl);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(bytes));
    socket.setEncoding("latin1").on("data", (text) => (answer += String(text))).on("close", () => resolve(answer));
    // What was still on its way when the server closed is answered by a reset.
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" || error.code === "EPIPE" ? undefined : reject(error)));
  });
}

it("headers beyond 16 KiB are refused as too large", async () => {
  const answer = await exchange(`POST /webhooks/sumsub/${integrationId} HTTP/1.1\r\nHost: x\r\nX-Payload-Digest: ${"a".repeat(17 * 1024)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

it("behind a trusted proxy, connections are kept for longer than the proxy keeps them", async () => {
  const keepAlive = async (trustedProxies: string[]): Promise<number> => {
    const app = await buildApp({ ...platform.platform, config: { ...platform.platform.config, trustedProxies } });
    const { keepAliveTimeout } = app.server;
    await app.close();
    return keepAliveTimeout;
  };
  expect(await keepAlive(["10.0.0.0/8"])).toBeGreaterThan(60_000);
  expect(await keepAlive([])).toBeLessThan(10_000);
});
