import type { ProviderDefinition } from "./contract.ts";
import { calendly } from "./calendly/index.ts";
import { slack } from "./slack/index.ts";
import { stripe } from "./stripe/index.ts";
import { sumsub } from "./sumsub/index.ts";
import { zoom } from "./zoom/index.ts";

/** Every provider, by slug. Adding one is its folder and one line here. */
const definitions: ProviderDefinition[] = [
  calendly,
  slack,
  stripe,
  sumsub,
  zoom,
];

const bySlug = new Map(definitions.map((definition) => [definition.manifest.slug, definition]));

export function listProviders(): ProviderDefinition[] {
  return definitions;
}

export function findProvider(slug: string): ProviderDefinition | undefined {
  return bySlug.get(slug);
}
