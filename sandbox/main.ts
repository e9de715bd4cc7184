import { createLogger } from "../src/lib/logger.ts";
import { buildSandbox } from "./app.ts";
import { loadSandboxConfig, type SandboxConfig } from "./config.ts";

async function main(): Promise<void> {
  let config: SandboxConfig;
  try {
    config = loadSandboxConfig(process.env);
  } catch (error) {
    fail(`sandbox: ${messageOf(error)}`);
  }
  const logger = createLogger({ level: config.logLevel, process: "sandbox" });
  const sandbox = await buildSandbox({ ...config, logger });

  try {
    await sandbox.app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await sandbox.close();
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    fail(
      taken
        ? `sandbox: ${config.host}:${config.port} is already in use; stop the other process or set SANDBOX_URL`
        : `sandbox: cannot listen on ${config.host}:${config.port}: ${messageOf(error)}`,
    );
  }
  logger.info({ host: config.host, port: config.port }, "sandbox is listening");

  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, "sandbox is stopping");
    sandbox.close().then(
      () => logger.info("sandbox has stopped"),
      (error: unknown) => fail(`sandbox: did not stop cleanly: ${messageOf(error)}`),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fail(line: string): never {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

await main().catch((error: unknown) => fail(`sandbox: ${messageOf(error)}`));
