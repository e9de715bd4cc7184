import type { ProviderDefinition } from "./contract.ts";
import { sumsub } from "./sumsub/index.ts";

/** Every provider, by slug. Adding one is its folder and one line here. */
const definitions: ProviderDefinition[] = [sumsub];

const bySlug = new Map(definitions.map((definition) => [definition.manifest.slug, definition]));

export function listProviders(): ProviderDefinition[] {
  return definitions;
}

export function findProvider(slug: string): ProviderDefinition | undefined {
  return bySlug.get(slug);
}
