import type { VerificationCheck } from "../../domain/verification.ts";
import { ProviderError } from "../provider-error.ts";
import type { SumsubClient } from "./client.ts";
import type { SumsubSettings } from "./manifest.ts";

/** A level says what a candidate has to go through; the checks that a verification asks for choose among those in the settings. */
export function levelFor(checks: readonly VerificationCheck[], settings: SumsubSettings): string {
  if (checks.includes("watchlist") && settings.watchlistLevelName !== "") return settings.watchlistLevelName;
  if (checks.includes("address") && settings.addressLevelName !== "") return settings.addressLevelName;
  return settings.levelName;
}

/**
 * Says so at once when a level in the settings does not exist, instead of at the first candidate. A token that may not list
 * levels may still use them.
 * @throws ProviderError (invalid)
 */
export async function requireLevels(client: SumsubClient, settings: SumsubSettings): Promise<void> {
  const names = await client.listLevelNames().catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind === "auth") return undefined;
    throw error;
  });
  if (names === undefined) return;
  const missing = [settings.levelName, settings.addressLevelName, settings.watchlistLevelName].find((name) => name !== "" && !names.includes(name));
  if (missing !== undefined) throw new ProviderError("sumsub", "invalid", `Sumsub has no level named "${missing}"`);
}
