import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { searchAttributeNames } from "../domain/processes.ts";
import { launch, tailOf, type Child } from "./supervisor.ts";

export interface TemporalServerOptions {
  binary: string;
  /** The SQLite file; null keeps everything in memory. */
  dataFile: string | null;
  port: number;
  /** null starts it without the Web UI. */
  uiPort: number | null;
  namespace?: string;
  /** Where the Web UI asks to have payloads decoded. */
  codecEndpoint?: string;
  logFile?: string;
  /** Lets tests skip time in single workflows. */
  timeSkipping?: boolean;
}

export interface TemporalServer extends Child {
  address: string;
  uiUrl: string | null;
}

const healthyWithinMs = 60_000;
const retentionDays = 30;

function argumentsFor(options: TemporalServerOptions): string[] {
  const args = ["server", "start-dev", "--ip", "127.0.0.1", "--port", String(options.port), "--log-level", "warn"];
  args.push(...(options.uiPort === null ? ["--headless"] : ["--ui-ip", "127.0.0.1", "--ui-port", String(options.uiPort)]));
  if (options.namespace !== undefined && options.namespace !== "default") args.push("--namespace", options.namespace);
  if (options.dataFile !== null) {
    args.push("--db-filename", options.dataFile, "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL");
  }
  for (const name of searchAttributeNames) args.push("--search-attribute", `${name}=Keyword`);
  const dynamic = ["matching.enableFairness=true", "frontend.WorkflowPauseEnabled=true"];
  if (options.timeSkipping === true) dynamic.push("frontend.WorkflowTimeSkippingEnabled=true");
  for (const value of dynamic) args.push("--dynamic-config-value", value);
  if (options.codecEndpoint !== undefined && options.uiPort !== null) args.push("--ui-codec-endpoint", options.codecEndpoint);
  return args;
}

/** Once the server answers for the namespace, asks it to keep closed workflows for a month. */
async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    const retention = msToTs(retentionDays * 86_400_000);
    // A server that refuses keeps its own retention: shorter history, nothing else lost.
    const config = { workflowExecutionRetentionTtl: retention };
    await connection.workflowService.updateNamespace({ namespace, config }).catch(() => undefined);
  } finally {
    await connection.close();
  }
}

/** Starts Temporal's development server and waits until it serves the namespace. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const address = `127.0.0.1:${options.port}`;
  const child = await launch({ command: options.binary, args: argumentsFor(options), logFile: options.logFile, graceMs: 10_000 });
  let ended = false;
  void child.exited.then(() => (ended = true));
  const deadline = Date.now() + healthyWithinMs;
  for (;;) {
    const failure = await prepareNamespace(address, options.namespace ?? "default").then(() => undefined, (error: unknown) => error);
    if (failure === undefined && !ended) break;
    if (ended || Date.now() > deadline) {
      await child.stop();
      const log = options.logFile === undefined ? "" : `\n${await tailOf(options.logFile, 10)}`;
      throw new Error(`The Temporal server ${ended ? "ended while starting" : "did not become healthy in time"}.${log}`, { cause: failure });
    }
    await sleep(100);
  }
  const uiUrl = options.uiPort === null ? null : `http://127.0.0.1:${options.uiPort}`;
  return { ...child, address, uiUrl };
}
