import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import ipaddr from "ipaddr.js";

const port = z.coerce.number().int().min(0).max(65535);

const cidrList = z
  .string()
  .transform((text) => text.split(",").map((part) => part.trim()).filter(Boolean))
  .superRefine((list, context) => {
    for (const cidr of list) {
      if (!ipaddr.isValidCIDR(cidr)) context.addIssue({ code: "custom", message: `"${cidr}" is not a CIDR such as 10.0.0.0/8` });
    }
  });

const waitUnitsMs: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const retrySchedule = z.string().transform((text, context) =>
  text.split(",").map((part) => {
    const match = /^(\d+)(ms|s|m|h|d)$/.exec(part.trim());
    if (match) return Number(match[1]) * (waitUnitsMs[match[2] ?? ""] ?? 0);
    context.addIssue({ code: "custom", message: `"${part}" is not a wait such as 30s, 2m, 1h` });
    return 0;
  }),
);

const keyRing = z.string().superRefine((text, context) => {
  for (const part of text.split(",")) {
    const [id, key] = [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)];
    if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || Buffer.from(key, "base64").length !== 32) {
      context.addIssue({ code: "custom", message: "must be id:base64(32 bytes), comma-separated" });
    }
  }
});

const platformIntegrations = z.string().transform((text, context) => {
  const pairs = text.split(",").map((part) => part.trim()).filter(Boolean).map((part) => /^([a-z][a-z0-9-]{1,39})=(int_[0-9a-z]{26})$/.exec(part));
  if (pairs.includes(null)) context.addIssue({ code: "custom", message: "must be provider=integration, comma-separated, such as slack=int_01k…" });
  return Object.fromEntries(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? "", pair[2] ?? ""]])));
});

const environment = z.object({
  NODE_ENV: z.enum(["development", "test", "production"]).default("development"),
  HOST: z.string().min(1).default("127.0.0.1"),
  PORT: port.default(3000),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(12),
  TEMPORAL_ADDRESS: z.string().optional(),
  TEMPORAL_NAMESPACE: z.string().default("default"),
  TEMPORAL_UI_URL: z.url().default("http://127.0.0.1:8233"),
  DATA_DIR: z.string().default(".data"),
  BOOTSTRAP_API_KEY: z.string().optional(),
  ENCRYPTION_KEYS: keyRing,
  ALLOW_PRIVATE_WEBHOOK_TARGETS: cidrList.default([]),
  TRUSTED_PROXIES: cidrList.default([]),
  PLATFORM_INTEGRATIONS: platformIntegrations.default({}),
  SANDBOX_URL: z.url({ protocol: /^https?$/ }).default("http://127.0.0.1:3001"),
  SANDBOX_SECRET: z.string().min(1).default("waystation-sandbox"),
  SANDBOX_STEP_MS: z.coerce.number().int().min(0).max(3_600_000).default(300),
  WEBHOOK_RETRY_SCHEDULE: retrySchedule.default([5_000, 30_000, 120_000, 600_000, 3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000]),
  WEBHOOK_RECOVERY_SCHEDULE: retrySchedule.default([5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 18_000_000]),
  WEBHOOK_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(15_000),
  WEBHOOK_SHARDS: z.coerce.number().int().min(1).max(8).default(2),
  WEBHOOK_RATE_LIMIT: z.coerce.number().int().min(1).max(100_000).default(5_000),
  WEBHOOK_FAILURE_LIMIT: z.coerce.number().int().min(1).max(100_000).default(200),
  API_KEY_RATE_LIMIT: z.coerce.number().int().min(1).max(100_000).default(10_000),
  AUTH_FAILURE_LIMIT: z.coerce.number().int().min(1).max(1_000_000).default(500),
  INBOUND_BODY_RETENTION_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
  INBOUND_EVENT_RETENTION_DAYS: z.coerce.number().int().min(30).max(36_500).default(400),
  CODEC_ALLOWED_ORIGINS: z.string().transform((text) => text.split(",").map((part) => part.trim()).filter(Boolean)).optional(),
  LOG_LEVEL: z.enum(["silent", "fatal", "error", "warn", "info", "debug", "trace"]).default("info"),
});

/** The whole configuration of a process, read once at start. */
export interface Config {
  production: boolean;
  host: string;
  port: number;
  publicUrl: string;
  databaseUrl: string;
  databasePoolSize: number;
  /** Undefined leaves the address to Temporal's own environment configuration (profile file, cloud key). */
  temporalAddress: string | undefined;
  /** Every TEMPORAL_… variable that is set, for Temporal's own configuration reader: to it, an empty API key would turn TLS on. */
  temporalEnvironment: Record<string, string>;
  temporalNamespace: string;
  temporalUiUrl: string;
  dataDir: string;
  bootstrapApiKey: string | undefined;
  encryptionKeys: string;
  allowPrivateWebhookTargets: string[];
  trustedProxies: string[];
  /** Which integration a provider's one platform-wide account is, by the provider's slug: its webhooks come without an id. */
  platformIntegrations: Record<string, string>;
  sandboxUrl: string;
  /** What platform and sandbox derive the sandbox's credentials from; nothing real is behind it. */
  sandboxSecret: string;
  sandboxStepMs: number;
  webhookRetryScheduleMs: number[];
  /** Waits before each probe of an endpoint whose breaker is open; the last one repeats. */
  recoveryScheduleMs: number[];
  webhookTimeoutMs: number;
  webhookShards: number;
  /** Verified webhooks a second of an integration that has no limit of its own; bursts may be twice as large. */
  webhookRateLimit: number;
  /** Webhooks a second that one address may send to one integration and that are not accepted. */
  webhookFailureLimit: number;
  /** Requests a second of a tenant's API key that has no limit of its own. */
  apiKeyRateLimit: number;
  /** Wrong keys that one address may send in a minute. */
  authFailureLimit: number;
  /** How long the bodies of inbound webhooks are kept, and what was refused. */
  inboundBodyDays: number;
  /** How long the log of inbound webhooks is kept: a repetition is known as one for as long, which is longer than any vendor repeats. */
  inboundEventDays: number;
  /** Exact origins of Temporal's Web UI that may ask the codec endpoint to decode. */
  codecAllowedOrigins: string[];
  logLevel: string;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * Reads the configuration from the environment. Empty values count as unset.
 * @throws ConfigError naming every bad variable at once.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return given[name] === undefined ? `${name} is required` : `${name}: ${issue.message}`;
    });
    throw new ConfigError(`Configuration is invalid: ${[...new Set(lines)].join("; ")}`);
  }
  const value = parsed.data;
  const uiOrigin = new URL(value.TEMPORAL_UI_URL);
  const uiOrigins = ["127.0.0.1", "localhost"].map((host) => `${uiOrigin.protocol}//${host}:${uiOrigin.port}`);
  return {
    production: value.NODE_ENV === "production",
    host: value.HOST,
    port: value.PORT,
    publicUrl: (value.PUBLIC_URL ?? `http://${hostInUrl(value.HOST)}:${value.PORT}`).replace(/\/+$/, ""),
    databaseUrl: value.DATABASE_URL,
    databasePoolSize: value.DATABASE_POOL_SIZE,
    temporalAddress: value.TEMPORAL_ADDRESS,
    temporalEnvironment: Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => entry[0].startsWith("TEMPORAL_"))),
    temporalNamespace: value.TEMPORAL_NAMESPACE,
    temporalUiUrl: value.TEMPORAL_UI_URL.replace(/\/+$/, ""),
    dataDir: isAbsolute(value.DATA_DIR) ? value.DATA_DIR : resolve(value.DATA_DIR),
    bootstrapApiKey: value.BOOTSTRAP_API_KEY,
    encryptionKeys: value.ENCRYPTION_KEYS,
    allowPrivateWebhookTargets: value.ALLOW_PRIVATE_WEBHOOK_TARGETS,
    trustedProxies: value.TRUSTED_PROXIES,
    platformIntegrations: value.PLATFORM_INTEGRATIONS,
    sandboxUrl: value.SANDBOX_URL.replace(/\/+$/, ""),
    sandboxSecret: value.SANDBOX_SECRET,
    sandboxStepMs: value.SANDBOX_STEP_MS,
    webhookRetryScheduleMs: value.WEBHOOK_RETRY_SCHEDULE,
    recoveryScheduleMs: value.WEBHOOK_RECOVERY_SCHEDULE,
    webhookTimeoutMs: value.WEBHOOK_TIMEOUT_MS,
    webhookShards: value.WEBHOOK_SHARDS,
    webhookRateLimit: value.WEBHOOK_RATE_LIMIT,
    webhookFailureLimit: value.WEBHOOK_FAILURE_LIMIT,
    apiKeyRateLimit: value.API_KEY_RATE_LIMIT,
    authFailureLimit: value.AUTH_FAILURE_LIMIT,
    inboundBodyDays: value.INBOUND_BODY_RETENTION_DAYS,
    inboundEventDays: value.INBOUND_EVENT_RETENTION_DAYS,
    codecAllowedOrigins: value.CODEC_ALLOWED_ORIGINS ?? [...new Set([uiOrigin.origin, ...uiOrigins])],
    logLevel: value.LOG_LEVEL,
  };
}
