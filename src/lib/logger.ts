import { pino } from "pino";

export type Logger = pino.Logger;

// Header and field names that may carry a secret or a person's details, at any depth that our logs use.
const redacted = [
  "authorization", "cookie", "secret", "password", "credentials", "apiKey", "token", "secretKey", "appToken",
  "webhookSecret", "email", "phone", "firstName", "lastName", "birthDate",
];
const redactPaths = redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** The process's logger. JSON lines on stdout; secrets and personal fields are cut out by name. */
export function createLogger(options: { level: string; process: string }): Logger {
  return pino({
    level: options.level,
    base: { process: options.process },
    redact: { paths: redactPaths, censor: "[redacted]" },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}

/** Waits for a promise whose failure must not stop the caller; the failure is logged with the reason it was ignored. */
export async function bestEffort<T>(promise: Promise<T>, reason: string, logger: Logger): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    logger.warn({ err: error }, `ignored: ${reason}`);
    return undefined;
  }
}
