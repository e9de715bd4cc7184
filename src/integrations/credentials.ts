import type { z } from "zod";
import type { Platform } from "../context.ts";
import type { Prisma } from "../generated/prisma/client.ts";
import { AppError } from "../lib/errors.ts";
import { credentialsPlace } from "./open-integration.ts";

type Info = Record<string, { last4: string; setAt: string }>;

/** Sealed, with what reads show of each field; `kept` is what is shown of fields that did not change. */
export async function sealCredentials(
  platform: Platform, tenantId: string, id: string, credentials: unknown, kept: Info = {},
): Promise<{ credentials: Uint8Array<ArrayBuffer>; credentialsInfo: Prisma.InputJsonValue }> {
  const setAt = platform.clock.now().toISOString();
  const info = Object.fromEntries(Object.entries(credentials as Record<string, unknown>).map(([field, value]) => [field, kept[field] ?? { last4: last4Of(String(value)), setAt }]));
  return { credentials: await platform.vault.sealJson(credentialsPlace(tenantId, id), credentials), credentialsInfo: info };
}

/** Of a short secret the last four characters would be most of it. */
function last4Of(value: string): string {
  return value.length < 12 ? "****" : value.slice(-4);
}

/** @throws AppError invalid, naming each field below `at` */
export function validate<T>(schema: z.ZodType<T>, value: unknown, at: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) => {
    const path = [at, ...issue.path].join("/");
    return issue.code === "unrecognized_keys" ? issue.keys.map((key) => ({ path: `${path}/${key}`, message: "is not a known field" })) : [{ path, message: issue.message }];
  });
  throw new AppError("invalid", "Some fields are invalid; see errors.", { errors });
}
