import { ConfigError, loadConfig, type Config } from "../src/config/config.ts";
import { createPlatform } from "../src/platform.ts";
import { ensureBootstrapKey } from "../src/security/bootstrap.ts";
import { buildApp } from "./app.ts";

function stopWith(message: string): never {
  console.error(message);
  process.exit(1);
}

function readConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    if (error instanceof ConfigError) return stopWith(error.message);
    throw error;
  }
}

const config = readConfig();
const platform = createPlatform(config, { process: "api" });
try {
  await platform.db.ping(5_000);
  await platform.db.checkRoles();
  await ensureBootstrapKey(platform);
} catch (error) {
  stopWith(`The database cannot be used: ${(error as Error).message}`);
}

const app = await buildApp(platform);
try {
  await app.listen({ host: config.host, port: config.port });
} catch (error) {
  stopWith((error as { code?: string }).code === "EADDRINUSE" ? `Port ${config.port} on ${config.host} is in use; choose another with PORT.` : (error as Error).message);
}
platform.logger.info({ url: config.publicUrl }, "API listening");

let stopping = false;
const stop = async (): Promise<void> => {
  if (stopping) return;
  stopping = true;
  await app.close();
  await platform.close();
  process.exit(0);
};
process.once("SIGTERM", () => void stop());
process.once("SIGINT", () => void stop());
