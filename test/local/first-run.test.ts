import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { lockDataDir, openDataDir, type DataDir } from "../../src/local/data-dir.ts";
import { localAdminKey, localEncryptionKeys } from "../../src/local/first-run-keys.ts";
import { readSettings, StartError } from "../../src/local/settings.ts";
import { describeApiKey, generateApiKey } from "../../src/security/api-keys.ts";

async function freshDataDir(): Promise<DataDir> {
  const folder = await mkdtemp(join(tmpdir(), "waystation-data-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return openDataDir(join(folder, "data"));
}

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("first-run keys are the owner's alone and stay the same", async () => {
  const dataDir = await freshDataDir();
  const [ring, admin] = [localEncryptionKeys(dataDir), localAdminKey(dataDir)];
  expect(modeOf(dataDir.encryptionKeysFile)).toBe(0o600);
  expect(modeOf(dataDir.adminKeyFile)).toBe(0o600);
  expect(admin.created).toBe(true);
  expect(describeApiKey(admin.value)).toBeDefined();
  expect(readFileSync(dataDir.adminKeyFile, "utf8").trim()).toBe(admin.value);
  expect(loadConfig({ DATABASE_URL: "postgresql://h/d", ENCRYPTION_KEYS: ring }).encryptionKeys).toBe(ring);
  chmodSync(dataDir.adminKeyFile, 0o644);
  expect(localAdminKey(dataDir)).toEqual({ value: admin.value, created: false });
  expect(modeOf(dataDir.adminKeyFile)).toBe(0o600);
  expect(localEncryptionKeys(dataDir)).toBe(ring);
});

test("a damaged administrator key is reported, not replaced", async () => {
  const dataDir = await freshDataDir();
  writeFileSync(dataDir.adminKeyFile, "wsk_something_else\n");
  expect(() => localAdminKey(dataDir)).toThrow(/does not hold a valid API key/);
});

test("nobody else may read the data folder's logs and marks", async () => {
  const dataDir = await freshDataDir();
  expect(modeOf(dataDir.path) & 0o066).toBe(0);
  expect(modeOf(dataDir.logs)).toBe(0o700);
  expect(modeOf(join(dataDir.path, "run"))).toBe(0o700);
});

test("a data folder has one owner at a time, and a dead owner is none", async () => {
  const dataDir = await freshDataDir();
  const unlock = lockDataDir(dataDir);
  expect(() => lockDataDir(dataDir)).toThrow(/already running on .* \(process \d+\)/);
  unlock();
  const lock = join(dataDir.path, "run/start.lock");
  expect(existsSync(lock)).toBe(false);
  // The number of a living process, but of another one than was marked.
  writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: "long ago" }));
  lockDataDir(dataDir)();
});

test("every problem of the configuration has a line of its own", () => {
  const attempt = (): unknown =>
    readSettings({ PORT: "many", LOCAL_POSTGRES_PORT: "99999", BOOTSTRAP_API_KEY: "secret", ENCRYPTION_KEYS: "k:short", TRUSTED_PROXIES: "here" });
  expect(attempt).toThrow(StartError);
  try {
    attempt();
  } catch (error) {
    const lines = (error as Error).message.split("\n");
    const named = ["PORT", "LOCAL_POSTGRES_PORT", "BOOTSTRAP_API_KEY", "ENCRYPTION_KEYS", "TRUSTED_PROXIES"];
    expect(lines).toHaveLength(named.length);
    for (const name of named) expect(lines.filter((line) => line.startsWith(`Configuration: ${name}: `))).toHaveLength(1);
    // A mistyped secret must not end up on a screen.
    expect((error as Error).message).not.toContain("secret");
  }
});

test("an empty environment starts everything locally", () => {
  const settings = readSettings({ PORT: "", TEMPORAL_ADDRESS: "" });
  expect(settings).toMatchObject({ embeddedPostgres: true, localTemporal: true, ports: { postgres: 5433, temporal: 7233, temporalUi: 8233 } });
  expect(settings.given).toEqual({});
});

test("encryption keys are made for the embedded database alone", () => {
  expect(() => readSettings({ DATABASE_URL: "postgresql://h/d" })).toThrow("Configuration: ENCRYPTION_KEYS is required");
  expect(() => readSettings({ NODE_ENV: "production" })).toThrow("Configuration: ENCRYPTION_KEYS is required");
  const key = generateApiKey().secret;
  const settings = readSettings({
    DATABASE_URL: "postgresql://h/d", ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString("base64")}`, BOOTSTRAP_API_KEY: key, TEMPORAL_PROFILE: "cloud",
  });
  expect(settings).toMatchObject({ embeddedPostgres: false, localTemporal: false });
});
