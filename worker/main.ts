import { Runtime } from "@temporalio/worker";
import { join } from "node:path";
import { ConfigError, loadConfig, type Config } from "../src/config/config.ts";
import { createPlatform } from "../src/platform.ts";
import { startWorker } from "./worker.ts";
import { keptBundle } from "./workflow-bundle.ts";

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

const config = readConfig();
// Signals are ours: the SDK's own handlers would stop the workers before the pools know.
Runtime.install({ shutdownSignals: [] });
const platform = createPlatform(config, { process: "worker" });

try {
  await platform.db.ping(5_000);
  await platform.db.checkRoles();
} catch (error) {
  console.error(`The database cannot be used: ${(error as Error).message}`);
  process.exit(1);
}

try {
  const worker = await startWorker(platform, { workflowBundle: await keptBundle(join(config.dataDir, "cache"), platform.logger) });
  const stop = (): void => void worker.stop();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  platform.logger.info("worker started");
  await worker.done;
  await worker.stop();
  await platform.close();
  platform.logger.info("worker stopped");
  process.exit(0);
} catch (error) {
  platform.logger.fatal({ err: error }, "the worker failed");
  process.exit(1);
}
