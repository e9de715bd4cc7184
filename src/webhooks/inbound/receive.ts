import type { Platform } from "../../context.ts";
import { AppError, notFound } from "../../lib/errors.ts";
import { hasWebhook, WebhookFormatError, type News, type RawWebhook, type RejectionReason, type VerifiedWebhook, type WebhookAnswer } from "../../providers/contract.ts";
import { findProvider } from "../../providers/registry.ts";
import type { InboundOrigin } from "./inbound-recorder.ts";

export interface ReceiveInput {
  provider: string;
  /** Null for a provider's one platform-wide account: the configuration says which integration that is. */
  integrationId: string | null;
  raw: RawWebhook;
  sourceIp: string | null;
}

/**
 * The one inbound door: verify, record, acknowledge; the relay processes afterwards. No step moves earlier. A challenge is
 * answered by the provider's own code and brings no news, so nothing of it is recorded.
 * @throws AppError not_found for an unknown provider or integration, signature_invalid, malformed.
 */
export async function receiveWebhook(platform: Platform, input: ReceiveInput): Promise<WebhookAnswer> {
  const webhook = findProvider(input.provider)?.webhook;
  const integrationId = input.integrationId ?? platform.config.platformIntegrations[input.provider];
  if (webhook === undefined || !hasWebhook(webhook) || integrationId === undefined) throw notFound("webhook address");
  const secrets = await platform.inbound.integrations.find(integrationId);
  if (secrets === null || secrets.integration.provider !== input.provider) throw notFound("webhook address");

  const { integration, settings, credentials } = secrets;
  const origin = { tenantId: integration.tenantId, integrationId: integration.id, provider: integration.provider, sourceIp: input.sourceIp };
  const given = { credentials, settings, now: platform.clock.now() };
  const handshake = webhook.handshake?.(input.raw, given) ?? null;
  if (handshake?.ok === false) throw refuse(platform, origin, handshake.reason);
  if (handshake?.ok === true) return handshake.answer;
  // A challenge comes by GET, news never do.
  if (input.raw.method !== "POST") throw new AppError("malformed", "This is no challenge that the provider documents.");

  const verdict = webhook.verify(input.raw, given);
  if (!verdict.ok) throw refuse(platform, origin, verdict.reason);
  let news: News[];
  try {
    news = webhook.parse(verdict.webhook);
  } catch (error) {
    if (!(error instanceof WebhookFormatError)) throw error;
    platform.inbound.recorder.reject(origin, "malformed");
    throw new AppError("malformed", "The webhook's body could not be read.", { cause: error });
  }
  await recordVerified(platform, origin, verdict.webhook, news);
  return webhook.answer ?? { status: 200 };
}

/** The same words for every reason: a forger learns nothing. Counted, not written one by one: a flood costs the database nothing. */
function refuse(platform: Platform, origin: InboundOrigin, reason: RejectionReason): AppError {
  platform.inbound.recorder.reject(origin, reason);
  return new AppError("signature_invalid", "The webhook's signature is missing or wrong.", { internal: { ...origin, reason } });
}

/** Takes a VerifiedWebhook only: what was not verified cannot be recorded as news. */
async function recordVerified(platform: Platform, origin: InboundOrigin, webhook: VerifiedWebhook, news: News[]): Promise<void> {
  await platform.inbound.recorder.record(origin, news, webhook.body);
}
