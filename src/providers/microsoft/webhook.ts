import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type News, type ProviderWebhook, type RawWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, optional, readFields, readObject, sha256 } from "../webhook-body.ts";
import type { MicrosoftCredentials, MicrosoftSettings } from "./manifest.ts";

const MAX_ITEMS = 1_000;
const MAX_TOKEN_LENGTH = 4_096;

/** https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks */
export const microsoftWebhook: ProviderWebhook<MicrosoftSettings, MicrosoftCredentials> = {
  scheme: "no signature: each item repeats the subscription's clientState, and everything else is only a hint",
  answer: { status: 202 },

  verify(webhook, { credentials }) {
    const secrets = credentials.map((set) => set.clientState).filter((secret) => secret.trim() !== "").map(digest);
    if (secrets.length === 0) return rejected("no_secret");
    const states = statesOf(webhook);
    if (states === null || states.length > MAX_ITEMS) return rejected("signature_malformed");
    if (states.length === 0) return rejected("signature_missing");
    // One notification may hold items of several subscriptions: a right one must not carry a wrong one in.
    const matches = states.map((state) => {
      const received = digest(typeof state === "string" ? state : "");
      return secrets.map((secret) => timingSafeEqual(secret, received)).includes(true) && typeof state === "string";
    });
    return matches.includes(false) ? rejected("signature_mismatch") : verified(webhook);
  },

  vouchesFor: (webhook) => (statesOf(webhook) ?? []).map(String),

  /** Graph asks with ?validationToken= and wants it back as it is: plain text that nobody reads as a page, and not too long. */
  handshake(webhook) {
    const tokens = new URL(webhook.url).searchParams.getAll("validationToken");
    const [token] = tokens;
    if (token === undefined) return null;
    if (tokens.length > 1 || token.length > MAX_TOKEN_LENGTH || /[\u0000-\u001f\u007f]/.test(token)) return { ok: false, reason: "signature_malformed" };
    return { ok: true, answer: { status: 200, contentType: "text/plain; charset=utf-8", body: token } };
  },

  accountIn: ({ directoryId }) => directoryId || undefined,
  forKnownAnswer: ({ secret }) => ({ credentials: { clientState: secret }, settings: {} }),

  parse(webhook) {
    const { value } = readFields(bodySchema, readObject(webhook.body));
    return value.map((item): News => {
      const { clientState: _, ...rest } = item;
      const externalId = item.id === undefined ? sha256(JSON.stringify(rest)) : externalIdOf(item.subscriptionId, item.id);
      const type = item.lifecycleEvent ?? item.changeType ?? "notification";
      return { externalId, type, occurredAt: null, about: { kind: "subscription", reference: item.subscriptionId }, account: item.tenantId };
    });
  },
};

const bodySchema = z.object({
  value: z.array(z.object({
    id: optional(cleanText(500)),
    subscriptionId: cleanText(200),
    changeType: optional(cleanText(100)),
    /** reauthorizationRequired, subscriptionRemoved or missed. */
    lifecycleEvent: optional(cleanText(100)),
    clientState: cleanText(256),
    tenantId: optional(cleanText(100)),
    resource: optional(cleanText(2_000)),
    resourceData: optional(z.record(z.string(), z.unknown())),
  })).min(1).max(MAX_ITEMS),
});

function statesOf({ body }: RawWebhook): unknown[] | null {
  try {
    const { value } = readObject(body);
    return Array.isArray(value) ? value.map((item: unknown) => (item as { clientState?: unknown } | null)?.clientState) : null;
  } catch {
    return null;
  }
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
