import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type ProviderWebhook, rejected, verified } from "../contract.ts";
import { cleanText, externalIdOf, readFields } from "../webhook-body.ts";
import type { GoogleCredentials, GoogleSettings } from "./manifest.ts";

/** https://developers.google.com/workspace/calendar/api/guides/push */
export const googleWebhook: ProviderWebhook<GoogleSettings, GoogleCredentials> = {
  scheme: "no signature: X-Goog-Channel-Token repeats the token of the channel, and everything else is only a hint",

  verify(webhook, { credentials }) {
    const tokens = credentials.map((set) => set.channelToken).filter((token) => token.trim() !== "");
    if (tokens.length === 0) return rejected("no_secret");
    const token = webhook.headers["x-goog-channel-token"];
    if (token === undefined || token === "") return rejected("signature_missing");
    if (typeof token !== "string" || token.length > 256) return rejected("signature_malformed");
    const received = digest(token);
    const matches = tokens.map((one) => timingSafeEqual(digest(one), received));
    return matches.includes(true) ? verified(webhook) : rejected("signature_mismatch");
  },

  vouchesFor: ({ headers }) => [headers["x-goog-channel-token"] ?? ""].flat(),

  forKnownAnswer: ({ secret }) => ({ credentials: { channelToken: secret }, settings: {} }),

  parse({ headers }) {
    const channel = readFields(cleanText(64), headers["x-goog-channel-id"]);
    const state = readFields(cleanText(100), headers["x-goog-resource-state"]);
    const number = readFields(z.string().regex(/^\d{1,19}$/), headers["x-goog-message-number"]);
    // "sync" says that the channel exists; nothing has happened.
    return [{ externalId: externalIdOf(channel, number), type: state, occurredAt: null, about: state === "sync" ? null : { kind: "calendar_channel", reference: channel } }];
  },
};

/** Tokens of different lengths compare in the same time. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
