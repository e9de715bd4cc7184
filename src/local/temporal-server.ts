import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import { msToTs } from "@temporalio/common/lib/time.js";
import { searchAttributeNames } from "../domain/processes.ts";
import { launch, type Child } from "./child.ts";
import { lastLine } from "./log-watch.ts";
import type { Launched } from "./supervisor.ts";

export interface TemporalServerOptions {
  binary: string;
  /** The SQLite file; null keeps everything in memory. */
  dataFile: string | null;
  port: number;
  /** null starts it without the Web UI. */
  uiPort: number | null;
  namespace?: string;
  /** Where the Web UI asks to have payloads decoded; may hold a literal {namespace}. */
  codecEndpoint?: string;
  logFile?: string;
  /** Lets tests skip time in single workflows. */
  timeSkipping?: boolean;
  launched?: Launched;
}

export interface TemporalServer extends Child {
  address: string;
  uiUrl: string | null;
}

const healthyWithinMs = 60_000;
const retentionDays = 30;

function argumentsFor(options: TemporalServerOptions): string[] {
  // The user's own CLI settings (a cloud profile, say) are not for this server.
  const args = ["server", "start-dev", "--disable-config-file", "--disable-config-env", "--log-level", "warn"];
  args.push("--ip", "127.0.0.1", "--port", String(options.port));
  args.push(...(options.uiPort === null ? ["--headless"] : ["--ui-port", String(options.uiPort), "--ui-disable-news-fetch"]));
  if (options.namespace !== undefined && options.namespace !== "default") args.push("--namespace", options.namespace);
  if (options.dataFile !== null) {
    // Without these two the file is synced on every step: 7 workflows a second instead of 48.
    args.push("--db-filename", options.dataFile, "--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL");
  }
  for (const name of searchAttributeNames) args.push("--search-attribute", `${name}=Keyword`);
  const dynamic = ["matching.enableFairness=true", "frontend.WorkflowPauseEnabled=true"];
  if (options.timeSkipping === true) dynamic.push("frontend.WorkflowTimeSkippingEnabled=true");
  for (const value of dynamic) args.push("--dynamic-config-value", value);
  if (options.codecEndpoint !== undefined && options.uiPort !== null) args.push("--ui-codec-endpoint", options.codecEndpoint);
  return args;
}

/** Once the server answers for the namespace, asks it to keep closed workflows for a month: start-dev has no flag for it. */
async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.workflowService.describeNamespace({ namespace });
    const config = { workflowExecutionRetentionTtl: msToTs(retentionDays * 86_400_000) };
    // A server that refuses keeps its own retention: shorter history, nothing else lost.
    await connection.workflowService.updateNamespace({ namespace, config }).catch(() => undefined);
  } finally {
    await connection.close();
  }
}

/** Starts Temporal's development server and waits until it serves the namespace. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const address = `127.0.0.1:${options.port}`;
  const { PATH, HOME, TMPDIR } = process.env;
  const child = await launch({
    command: options.binary, args: argumentsFor(options), env: { PATH, HOME, TMPDIR, TZ: "UTC" }, logFile: options.logFile, graceMs: 8_000,
  });
  options.launched?.(child);
  let ended: string | undefined;
  void child.exited.then((reason) => (ended = reason));
  for (const deadline = performance.now() + healthyWithinMs; ; await sleep(50)) {
    const healthy = await prepareNamespace(address, options.namespace ?? "default").then(() => true, () => false);
    // Another server may answer on the port while ours fails to take it.
    if (healthy && ended === undefined) break;
    if (ended !== undefined || performance.now() > deadline) {
      await child.stop();
      const said = options.logFile === undefined ? undefined : lastLine(options.logFile);
      throw new Error(`The Temporal server ${ended === undefined ? "did not become healthy in time" : "ended while starting"}: ${said ?? ended ?? address}`);
    }
  }
  return { ...child, address, uiUrl: options.uiPort === null ? null : `http://127.0.0.1:${options.uiPort}` };
}
