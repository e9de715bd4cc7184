import { randomBytes } from "node:crypto";
import { ConfigError, loadConfig, type Config } from "../config/config.ts";
import { describeApiKey } from "../security/api-keys.ts";

/** A reason not to start that the person at the terminal can act on: plain lines, no stack. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** What a local start needs to know before anything runs. */
export interface LocalSettings {
  /** The environment as given, without empty values. */
  given: NodeJS.ProcessEnv;
  config: Config;
  /** False when DATABASE_URL names another Postgres. */
  embeddedPostgres: boolean;
  /** False when the environment names another Temporal. */
  localTemporal: boolean;
  ports: { postgres: number; temporal: number; temporalUi: number };
}

const temporalChoices = ["TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE"];

function portFrom(given: NodeJS.ProcessEnv, name: string, otherwise: number, problems: string[]): number {
  const text = given[name] ?? String(otherwise);
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) problems.push(`${name}: "${text}" is not a port (1 to 65535)`);
  return port;
}

function tryConfig(env: NodeJS.ProcessEnv, problems: string[]): Config | undefined {
  try {
    return loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.message.replace(/^Configuration is invalid: /, "").split("; "));
    return undefined;
  }
}

/**
 * Checks the whole environment before anything is started. What a local start makes by itself is stood in for.
 * @throws StartError with one line for each problem.
 */
export function readSettings(env: NodeJS.ProcessEnv): LocalSettings {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const embeddedPostgres = given["DATABASE_URL"] === undefined;
  const standIns: NodeJS.ProcessEnv = { ...given };
  if (embeddedPostgres) standIns["DATABASE_URL"] = "postgresql://127.0.0.1/waystation";
  // Keys are made for the embedded database alone: for any other, losing DATA_DIR would lose what the keys sealed.
  if (embeddedPostgres && given["NODE_ENV"] !== "production") standIns["ENCRYPTION_KEYS"] ??= `stand-in:${randomBytes(32).toString("base64")}`;

  const problems: string[] = [];
  const config = tryConfig(standIns, problems);
  const ports = {
    postgres: portFrom(given, "LOCAL_POSTGRES_PORT", 5433, problems),
    temporal: portFrom(given, "LOCAL_TEMPORAL_PORT", 7233, problems),
    temporalUi: portFrom(given, "LOCAL_TEMPORAL_UI_PORT", 8233, problems),
  };
  const adminKey = given["BOOTSTRAP_API_KEY"];
  if (adminKey !== undefined && describeApiKey(adminKey) === undefined) problems.push("BOOTSTRAP_API_KEY: is not an API key (its shape or checksum is wrong)");
  if (config === undefined || problems.length > 0) throw new StartError(problems.map((problem) => `Configuration: ${problem}`).join("\n"));
  return { given, config, embeddedPostgres, localTemporal: temporalChoices.every((name) => given[name] === undefined), ports };
}
