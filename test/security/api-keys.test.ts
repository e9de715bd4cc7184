import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authenticate } from "../../api/plugins/authentication.ts";
import type { Platform } from "../../src/context.ts";
import { anyFreePort } from "../../src/local/ports.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { generateApiKey } from "../../src/security/api-keys.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testEncryptionKeys } from "../support/platform.ts";
import { until } from "../support/wait.ts";

// Two API processes on one database: what one of them is told, the other must keep to.

const project = join(import.meta.dirname, "../..");
const adminKey = generateApiKey().secret;
const base = "/v1/tenants/acme";
let database: TestDatabase;
let one: ApiProcess;
let two: ApiProcess;

interface ApiProcess {
  call(method: string, path: string, options?: { key?: string; body?: unknown }): Promise<{ status: number; body: any }>;
  stop(): Promise<void>;
}

async function startApi(): Promise<ApiProcess> {
  const port = await anyFreePort();
  const child = spawn(process.execPath, ["--no-warnings", join(project, "api/main.ts")], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: process.env["PATH"], PORT: String(port), DATABASE_URL: database.url, TEMPORAL_ADDRESS: "127.0.0.1:1", ENCRYPTION_KEYS: testEncryptionKeys, BOOTSTRAP_API_KEY: adminKey, LOG_LEVEL: "silent" },
  });
  const ended = once(child, "close");
  const url = `http://127.0.0.1:${port}`;
  await until("the API to listen", () => fetch(`${url}/health/live`).then(({ status }) => status, () => 0), (status) => status === 200 || child.exitCode !== null);
  return {
    call: async (method, path, { key = adminKey, body } = {}) => {
      const answer = await fetch(`${url}${path}`, { method, headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { "content-type": "application/json" }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

beforeAll(async () => {
  database = await createTestDatabase();
  one = await startApi();
  two = await startApi();
  await one.call("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(async () => {
  await Promise.all([one?.stop(), two?.stop()]);
  await database?.drop();
});

async function newKey(more: object = {}): Promise<{ id: string; secret: string }> {
  const { status, body } = await one.call("POST", `${base}/api-keys`, { body: { name: "key", scopes: ["*"], ...more } });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

describe("A6 API keys in two processes", () => {
  test("A6 a revoked key is refused by the other process within a second, however busy it is there", async () => {
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { id, secret } = await newKey();
      for (let n = 0; n < 20; n += 1) expect((await two.call("GET", base, { key: secret })).status).toBe(200);
      expect((await one.call("DELETE", `${base}/api-keys/${id}`)).status).toBe(204);
      const revokedAt = performance.now();
      expect((await one.call("GET", base, { key: secret })).status).toBe(401);
      for (;;) {
        const askedAt = performance.now();
        const { status } = await two.call("GET", base, { key: secret });
        if (status === 401) break;
        // What was asked within the second may still be answered.
        expect(askedAt - revokedAt).toBeLessThan(1_000);
      }
      waits.push(performance.now() - revokedAt);
      expect((await two.call("GET", base, { key: secret })).status).toBe(401);
    }
    console.log(`A6: refused by the other process after ${waits.map((ms) => Math.round(ms)).join(", ")} ms`);
  });

  test("A6 an expired key is refused by both, without anybody's doing", async () => {
    const { secret } = await newKey({ expiresAt: new Date(Date.now() + 1_500).toISOString() });
    for (const api of [one, two]) expect((await api.call("GET", base, { key: secret })).status).toBe(200);
    for (const api of [one, two]) await until("the key to expire", () => api.call("GET", base, { key: secret }), ({ status }) => status === 401, 5_000);
  });

  test("A6 the last use is shown, whichever process saw it", async () => {
    const { id, secret } = await newKey();
    expect((await one.call("GET", `${base}/api-keys/${id}`)).body.lastUsedAt).toBeNull();
    await two.call("GET", base, { key: secret });
    const { body } = await until("the last use", () => one.call("GET", `${base}/api-keys/${id}`), ({ body: key }) => key.lastUsedAt !== null);
    expect(Math.abs(Date.now() - Date.parse(body.lastUsedAt))).toBeLessThan(60_000);
  });
});

describe("A6 the checksum", () => {
  const asked: string[] = [];
  const db = new Proxy({}, {
    get: (_, name) => {
      asked.push(String(name));
      throw new Error("the database was asked");
    },
  });
  // Failures are counted in the process; what they come to is another test's matter.
  const limits = { keys: { tooManyFailures: () => false, countFailure: () => undefined } };
  const platform = { db, limits, clock: systemClock, logger: createLogger({ level: "silent", process: "test" }) } as unknown as Platform;
  const use = (key: string): Promise<unknown> => authenticate(platform, { headers: { authorization: `Bearer ${key}` }, ip: "127.0.0.1" } as never);

  test("A6 a key whose checksum is wrong is refused without a query, whichever character is altered", async () => {
    const { secret } = generateApiKey();
    for (let at = 0; at < secret.length; at += 1) {
      for (const other of ["0", "z"]) {
        if (secret[at] === other) continue;
        await expect(use(secret.slice(0, at) + other + secret.slice(at + 1))).rejects.toMatchObject({ code: "unauthenticated" });
      }
    }
    for (const odd of ["", "wsk_", secret.slice(0, -1), `${secret}0`, secret.toLowerCase(), "' OR 1=1 --"]) await expect(use(odd)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(asked).toEqual([]);
    // The same key unaltered is looked for.
    await expect(use(secret)).rejects.toThrow("the database was asked");
  });
});
