import type { Platform } from "../../context.ts";
import { allowedIpsOf } from "../../integrations/door-settings.ts";
import { validSets, verifyWithEach } from "../../integrations/verify-with-each.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { isInside } from "../../security/ip-ranges.ts";
import { hasWebhook, type RawWebhook, type RejectionReason, type VerifiedWebhook, type WebhookAnswer } from "../../providers/contract.ts";
import { findProvider } from "../../providers/registry.ts";
import type { InboundOrigin, NotedNews } from "./inbound-recorder.ts";
import { readNews, type StrayReason, whyStray, withNotes } from "./judge-news.ts";
import { expectReadable } from "./readable.ts";

export interface ReceiveInput {
  provider: string;
  /** Null for a provider's one platform-wide account: the configuration says which integration that is. */
  integrationId: string | null;
  raw: RawWebhook;
  sourceIp: string | null;
}

/**
 * The one inbound door: verify, record, acknowledge; the relay processes afterwards. No step moves earlier. A challenge is
 * answered by the provider's own code and brings no news, so nothing of it is recorded. A flood from one source is turned
 * away before anything is looked up.
 * @throws AppError not_found for an unknown provider or integration, unsupported_media_type, source_not_allowed,
 * signature_invalid, rate_limited, malformed for a GET that is no challenge, and forbidden for another account's.
 */
export async function receiveWebhook(platform: Platform, input: ReceiveInput): Promise<WebhookAnswer> {
  const webhook = findProvider(input.provider)?.webhook;
  const integrationId = input.integrationId ?? platform.config.platformIntegrations[input.provider];
  if (webhook === undefined || !hasWebhook(webhook) || integrationId === undefined) throw notFound("webhook address");
  const knock = { sourceIp: input.sourceIp, integrationId };
  platform.limits.door.admitSource(knock);
  const secrets = await platform.inbound.integrations.find(integrationId);
  if (secrets === null || secrets.integration.provider !== input.provider) {
    throw platform.limits.door.countFailure({ ...knock, integrationId: null }) ?? notFound("webhook address");
  }

  expectReadable(input.raw, webhook.contentTypes);
  const { integration, settings, sets } = secrets;
  const origin = { tenantId: integration.tenantId, integrationId: integration.id, provider: integration.provider, sourceIp: input.sourceIp };
  const allowedIps = allowedIpsOf(integration);
  if (allowedIps !== null && !isInside(input.sourceIp ?? "", allowedIps)) throw refuse(platform, origin, "source_not_allowed");
  const now = platform.clock.now();
  const handshake = webhook.handshake?.(input.raw, { credentials: validSets(sets, now).map((set) => set.credentials), settings, now }) ?? null;
  if (handshake?.ok === false) throw refuse(platform, origin, handshake.reason);
  if (handshake?.ok === true) {
    // Anybody can ask: what is no webhook draws on the source's budget.
    const tooMany = platform.limits.door.countFailure(knock);
    if (tooMany !== null) throw tooMany;
    return handshake.answer;
  }
  // A challenge comes by GET, news never do.
  if (input.raw.method !== "POST") throw new AppError("malformed", "This is no challenge that the provider documents.");

  const { verdict, formerId } = verifyWithEach(webhook, input.raw, { sets, settings, now });
  if (!verdict.ok) throw refuse(platform, origin, verdict.reason);
  const headers = await platform.limits.door.admitVerified(integration.id, integration.webhookRateLimit);
  if (formerId !== null) platform.formerUse.note(integration.tenantId, formerId, now);
  const news = readNews(webhook, verdict.webhook);
  if (news === "too_large") throw tooLarge(platform, origin);
  const answer = { ...(webhook.answer ?? { status: 200 }), headers };
  const stray = whyStray(news, integration.mode, webhook.accountIn?.(settings));
  if (stray !== null) return turnAway(platform, origin, stray, answer);
  await recordVerified(platform, origin, verdict.webhook, withNotes(news, now));
  return answer;
}

function tooLarge(platform: Platform, origin: InboundOrigin): AppError {
  platform.inbound.recorder.reject(origin, "too_large");
  return new AppError("too_large", "The webhook is larger than what the provider sends.");
}

/** Genuine, and not for this integration: somebody mixed something up, and should see it in the log. */
function turnAway(platform: Platform, origin: InboundOrigin, reason: StrayReason, answer: WebhookAnswer): WebhookAnswer {
  platform.inbound.recorder.reject(origin, reason);
  platform.logger.warn({ ...origin, reason }, "a genuine webhook is not for this integration");
  if (reason === "wrong_account") throw new AppError("forbidden", "The webhook is about another account than this integration's.");
  // Vendors send test events to live addresses of their own accord; one that was refused would be repeated for days.
  return answer;
}

/** The same words for every reason: a forger learns nothing. Counted, not written one by one: a flood costs the database nothing. */
function refuse(platform: Platform, origin: InboundOrigin, reason: RejectionReason | "source_not_allowed"): AppError {
  platform.inbound.recorder.reject(origin, reason);
  const tooMany = platform.limits.door.countFailure(origin);
  if (tooMany !== null) return tooMany;
  if (reason === "source_not_allowed") return new AppError("source_not_allowed", "Webhooks for this integration are not taken from this address.", { internal: { ...origin } });
  return new AppError("signature_invalid", "The webhook's signature is missing or wrong.", { internal: { ...origin, reason } });
}

/** Takes a VerifiedWebhook only: what was not verified cannot be recorded as news. */
async function recordVerified(platform: Platform, origin: InboundOrigin, webhook: VerifiedWebhook, news: NotedNews[]): Promise<void> {
  await platform.inbound.recorder.record(origin, news, webhook.body);
}
