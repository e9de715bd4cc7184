import type { Integration, Provider } from "../api/types.ts";
import { categoryWord, humanise } from "./words.ts";

export interface Connection {
  provider: Provider;
  integration: Integration;
}

export interface Catalogue {
  attention: Connection[];
  connected: Connection[];
  /** Providers without a working connection; `before` is one that was there and ended. */
  available: { provider: Provider; before: Integration | null }[];
}

/** Joins what can be connected with what is, and keeps what matches the search. */
export function groupCatalogue(providers: Provider[], integrations: Integration[], filter: { q?: string; category?: string }): Catalogue {
  const catalogue: Catalogue = { attention: [], connected: [], available: [] };
  for (const provider of providers.filter((candidate) => matches(candidate, filter))) {
    const own = integrations.filter((integration) => integration.provider === provider.slug);
    const active = own.filter((integration) => integration.status !== "disconnected");
    for (const integration of active) {
      const group = integration.status === "needs_attention" ? catalogue.attention : catalogue.connected;
      group.push({ provider, integration });
    }
    if (active.length === 0) catalogue.available.push({ provider, before: own[0] ?? null });
  }
  return catalogue;
}

function matches(provider: Provider, { q, category }: { q?: string; category?: string }): boolean {
  if (category !== undefined && provider.category !== category) return false;
  if (q === undefined) return true;
  const text = [provider.name, provider.slug, categoryWord(provider.category), ...provider.capabilities.map(humanise)].join(" ");
  return text.toLowerCase().includes(q.trim().toLowerCase());
}
