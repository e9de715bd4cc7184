import type { ProviderWebhook, RawWebhook, Verdict } from "../providers/contract.ts";

/** A set of credentials that webhooks may be verified with. */
export interface SecretSet {
  credentials: unknown;
  /** Null for the current one. */
  formerId: string | null;
  /** Null for the current one: it ends only by being replaced. */
  validUntil: Date | null;
}

/** Those that are valid at this moment. Asked for each request: sets that were read a while ago end on time as well. */
export function validSets(sets: readonly SecretSet[], now: Date): SecretSet[] {
  return sets.filter(({ validUntil }) => validUntil === null || validUntil > now);
}

export interface MatchedVerdict {
  verdict: Verdict;
  /** The former set that matched; null when it was the current one, or none. */
  formerId: string | null;
}

/**
 * Verifies with the current set, then with the former ones, one by one, so that it is known which of them is still in use.
 * What none accepts is refused for the reason that the current set gave.
 */
export function verifyWithEach(webhook: Pick<ProviderWebhook, "verify">, raw: RawWebhook, given: { sets: readonly SecretSet[]; settings: unknown; now: Date }): MatchedVerdict {
  const { settings, now } = given;
  const [current, ...former] = validSets(given.sets, now);
  const first = webhook.verify(raw, { credentials: current === undefined ? [] : [current.credentials], settings, now });
  if (first.ok) return { verdict: first, formerId: current?.formerId ?? null };
  for (const set of former) {
    const verdict = webhook.verify(raw, { credentials: [set.credentials], settings, now });
    if (verdict.ok) return { verdict, formerId: set.formerId };
  }
  return { verdict: first, formerId: null };
}
