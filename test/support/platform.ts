import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { TestWorkflowEnvironment } from "@temporalio/testing";
import pg from "pg";
import { inject } from "vitest";
import proto from "@temporalio/proto";
import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";
import { buildApp } from "../../api/app.ts";
import { buildSandbox } from "../../sandbox/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import type { Platform } from "../../src/context.ts";
import { searchAttributeNames } from "../../src/domain/processes.ts";
import { createLogger } from "../../src/lib/logger.ts";
import { anyFreePort } from "../../src/local/ports.ts";
import { createPlatform } from "../../src/platform.ts";
import { generateApiKey } from "../../src/security/api-keys.ts";
import { ensureBootstrapKey } from "../../src/security/bootstrap.ts";
import { createDataConverter, failureConverterPath } from "../../src/temporal/codec.ts";
import { startWorker, type RunningWorker } from "../../worker/worker.ts";
import { workflowsPath } from "../../worker/workflow-bundle.ts";
import { createTestDatabase } from "./database.ts";

export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface TestPlatform {
  apiUrl: string;
  sandboxUrl: string;
  adminKey: string;
  platform: Platform;
  /** The database as its owner sees it: for what tests arrange, and look up behind the roles. */
  owner: pg.Pool;
  temporalAddress: string;
  /** The run's result, with time skipped while it waits (`timeSkipping` only). */
  timeSkippingResult(workflowId: string): Promise<unknown>;
  /** Skips so much time, with all that happens in it (`timeSkipping` only). */
  passTime(ms: number): Promise<void>;
  /** Temporal's clock, which skipped time is ahead of ours; a second test on one server sets the platform's by it. */
  temporalNow(): Promise<Date>;
  /** A JSON request with the platform key, or with another one. */
  request(method: string, path: string, options?: { body?: unknown; key?: string | null; headers?: Record<string, string> }): Promise<Answer>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** A key for tests alone: committed histories are encrypted with it. */
export const testEncryptionKeys = `test:${Buffer.from("waystation-public-test-key-00000").toString("base64")}`;

const workflowBundleOptions = { workflowsPath, logger: new DefaultLogger("ERROR"), failureConverterPath };

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;
export function testBundle(): Promise<WorkflowBundleWithSourceMap> {
  return (bundle ??= bundleWorkflowCode(workflowBundleOptions));
}

export interface PlatformOptions {
  stepMs?: number;
  env?: Record<string, string>;
  worker?: boolean;
  /** Temporal's time-skipping server: months pass while `timeSkippingResult` waits. Nothing is dispatched or relayed then. */
  timeSkipping?: boolean;
}

const attributeKeys = searchAttributeNames.map((name) => defineSearchAttributeKey(name, SearchAttributeType.KEYWORD));

/** `limits` are the server's dynamic settings: a history may be asked to end sooner than in production. */
export function localServer(limits: Record<string, number> = {}): Promise<TestWorkflowEnvironment> {
  const extraArgs = Object.entries(limits).flatMap(([name, value]) => ["--dynamic-config-value", `${name}=${value}`]);
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: "existing-path", path: inject("temporalBinary") }, searchAttributes: attributeKeys, extraArgs },
    client: { dataConverter: createDataConverter(testEncryptionKeys) },
  });
}

export async function timeSkippingServer(): Promise<TestWorkflowEnvironment> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: "existing-path", path: inject("timeSkippingBinary") } },
    client: { dataConverter: createDataConverter(testEncryptionKeys) },
  });
  await env.connection.operatorService.addSearchAttributes({
    namespace: "default",
    searchAttributes: Object.fromEntries(searchAttributeNames.map((name) => [name, proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD])),
  });
  return env;
}

/** The whole product in this process, over real HTTP, with a database, a Temporal server and a sandbox of its own. */
export async function startPlatform(options: PlatformOptions = {}): Promise<TestPlatform> {
  const dataDir = await mkdtemp(join(tmpdir(), "waystation-test-"));
  const database = await createTestDatabase();
  const temporal = await (options.timeSkipping === true ? timeSkippingServer() : localServer());
  const logger = createLogger({ level: process.env["TEST_LOG_LEVEL"] ?? "silent", process: "test" });
  const sandbox = await buildSandbox({ dataDir, stepMs: options.stepMs ?? 20, logger, sharedSecret: "waystation-sandbox", production: false });
  const sandboxUrl = await sandbox.app.listen({ host: "127.0.0.1", port: 0 });
  const adminKey = generateApiKey().secret;
  const port = await anyFreePort();
  const config = loadConfig({
    NODE_ENV: "test", PORT: String(port), DATABASE_URL: database.url, TEMPORAL_ADDRESS: temporal.address, ENCRYPTION_KEYS: testEncryptionKeys, DATA_DIR: dataDir,
    BOOTSTRAP_API_KEY: adminKey, SANDBOX_URL: sandboxUrl, ALLOW_PRIVATE_WEBHOOK_TARGETS: "127.0.0.0/8", LOG_LEVEL: process.env["TEST_LOG_LEVEL"] ?? "silent",
    // Tests send what is wrong by the hundred, all from one address; those about limits set their own.
    WEBHOOK_FAILURE_LIMIT: "100000", AUTH_FAILURE_LIMIT: "1000000",
    WEBHOOK_RETRY_SCHEDULE: "200ms,300ms,500ms,1s,2s", ...options.env,
  });
  const owner = new pg.Pool({ connectionString: database.url, max: 4 });
  const platform = createPlatform(config, { process: "test" });
  await ensureBootstrapKey(platform);
  const app = await buildApp(platform);
  await app.listen({ host: "127.0.0.1", port });
  let worker: RunningWorker | undefined;
  const running: TestPlatform = {
    apiUrl: config.publicUrl,
    sandboxUrl,
    adminKey,
    platform,
    owner,
    temporalAddress: temporal.address,
    passTime: (ms) => temporal.sleep(ms),
    temporalNow: async () => new Date(await temporal.currentTimeMs()),
    timeSkippingResult: (workflowId) => temporal.client.workflow.getHandle(workflowId).result(),
    request: (method, path, requestOptions = {}) => request(config.publicUrl, adminKey, method, path, requestOptions),
    startWorker: async () => {
      worker = await startWorker(platform, { workflowBundle: await testBundle(), loops: options.timeSkipping !== true });
    },
    stopWorker: async () => {
      await worker?.stop();
      worker = undefined;
    },
    stop: async () => {
      await running.stopWorker();
      await app.close();
      await Promise.all([platform.close(), owner.end()]);
      await sandbox.close();
      await temporal.teardown();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  if (options.worker !== false) await running.startWorker();
  return running;
}

async function request(base: string, adminKey: string, method: string, path: string, options: { body?: unknown; key?: string | null; headers?: Record<string, string> }): Promise<Answer> {
  const key = options.key === undefined ? adminKey : options.key;
  const answer = await fetch(`${base}${path}`, {
    method,
    redirect: "manual",
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
  });
  const text = await answer.text();
  const isJson = /[/+]json\b/.test(answer.headers.get("content-type") ?? "") && text !== "";
  return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
}
