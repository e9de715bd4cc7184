import { join, resolve } from "node:path";
import { z } from "zod";
import { DEFAULT_SANDBOX_SECRET } from "../src/providers/sandbox-credentials.ts";

const environment = z.object({
  NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
  SANDBOX_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:3001"),
  SANDBOX_STEP_MS: z.coerce.number().int().min(0).max(3_600_000).default(300),
  SANDBOX_SECRET: z.string().min(1).default(DEFAULT_SANDBOX_SECRET),
  DATA_DIR: z.string().min(1).default(".data"),
  SANDBOX_RATE_LIMITS: z.enum(["on", "off"]).default("on"),
  LOG_LEVEL: z.enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
});

export interface SandboxConfig {
  production: boolean;
  host: string;
  port: number;
  stepMs: number;
  /** Every sandbox credential is derived from it; see src/providers/sandbox-credentials.ts. */
  sharedSecret: string;
  dataDir: string;
  rateLimits: boolean;
  logLevel: string;
}

export class SandboxConfigError extends Error {
  override readonly name = "SandboxConfigError";
}

/**
 * Reads the few variables that the sandbox knows; an empty one counts as absent.
 * @throws SandboxConfigError naming every wrong variable.
 */
export function loadSandboxConfig(env: Record<string, string | undefined>): SandboxConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const read = environment.safeParse(present);
  if (!read.success) {
    throw new SandboxConfigError(read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "));
  }
  const value = read.data;
  const url = new URL(value.SANDBOX_URL);
  return {
    production: value.NODE_ENV === "production",
    // An IPv6 host is bracketed in a URL and bare when listening.
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port) || (url.protocol === "https:" ? 443 : 80),
    stepMs: value.SANDBOX_STEP_MS,
    sharedSecret: value.SANDBOX_SECRET,
    dataDir: resolve(value.DATA_DIR),
    rateLimits: value.SANDBOX_RATE_LIMITS === "on",
    logLevel: value.LOG_LEVEL,
  };
}

/** The sandbox's own corner of the data directory. */
export function databasePath(dataDir: string): string {
  return join(dataDir, "sandbox", "sandbox.db");
}
