import { bamboohr } from "./bamboohr/index.ts";
import { calendly } from "./calendly/index.ts";
import { checkr } from "./checkr/index.ts";
import type { ProviderDefinition } from "./contract.ts";
import { docusign } from "./docusign/index.ts";
import { dropboxSign } from "./dropbox-sign/index.ts";
import { google } from "./google/index.ts";
import { greenhouse } from "./greenhouse/index.ts";
import { indeed } from "./indeed/index.ts";
import { lever } from "./lever/index.ts";
import { linkedin } from "./linkedin/index.ts";
import { lucca } from "./lucca/index.ts";
import { microsoft } from "./microsoft/index.ts";
import { onfido } from "./onfido/index.ts";
import { papaya } from "./papaya/index.ts";
import { sendgrid } from "./sendgrid/index.ts";
import { slack } from "./slack/index.ts";
import { sterling } from "./sterling/index.ts";
import { stripe } from "./stripe/index.ts";
import { sumsub } from "./sumsub/index.ts";
import { twilio } from "./twilio/index.ts";
import { zoom } from "./zoom/index.ts";

/** Every provider, by slug. Adding one is its folder and one line here. */
const definitions: ProviderDefinition[] = [
  bamboohr,
  calendly,
  checkr,
  docusign,
  dropboxSign,
  google,
  greenhouse,
  indeed,
  lever,
  linkedin,
  lucca,
  microsoft,
  onfido,
  papaya,
  sendgrid,
  slack,
  sterling,
  stripe,
  sumsub,
  twilio,
  zoom,
];

const bySlug = new Map(definitions.map((definition) => [definition.manifest.slug, definition]));

export function listProviders(): ProviderDefinition[] {
  return definitions;
}

export function findProvider(slug: string): ProviderDefinition | undefined {
  return bySlug.get(slug);
}
