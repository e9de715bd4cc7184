import type { Config } from "./config/config.ts";
import type { Database } from "./db/client.ts";
import type { Actor } from "./domain/processes.ts";
import type { Clock } from "./lib/clock.ts";
import type { HttpTransport } from "./lib/http.ts";
import type { Logger } from "./lib/logger.ts";
import type { DoorLimits } from "./limits/door-limits.ts";
import type { KeyLimits } from "./limits/key-limits.ts";
import type { FormerUseLog } from "./rotation/use-log.ts";
import type { AddressRules } from "./security/address-rules.ts";
import type { WebhookSecrets } from "./integrations/webhook-secrets.ts";
import type { InboundRecorder } from "./webhooks/inbound/inbound-recorder.ts";
import type { KnownIntegrations } from "./webhooks/inbound/known-integrations.ts";
import type { EventAcceptor } from "./webhooks/outbound/accept.ts";
import type { Vault } from "./security/vault.ts";
import type { TemporalGateway } from "./temporal/gateway.ts";

/** What the library's functions work with. Each process builds one at its composition root and hands it on. */
export interface Platform {
  config: Config;
  db: Database;
  vault: Vault;
  temporal: TemporalGateway;
  http: HttpTransport;
  addressRules: AddressRules;
  /** Takes events from requests; what a transaction of ours publishes goes through publishEvents. */
  events: EventAcceptor;
  /** What the inbound door looks integrations up with, and where it writes down what came. */
  inbound: { recorder: InboundRecorder; integrations: KnownIntegrations<WebhookSecrets> };
  limits: { door: DoorLimits; keys: KeyLimits };
  /** Counts what former secrets are still used for. */
  formerUse: FormerUseLog;
  clock: Clock;
  logger: Logger;
}

/** On whose behalf a change is made: goes into the audit entry and the timeline. */
export interface Caller {
  actor: Actor;
  sourceIp: string | null;
  requestId: string | null;
}
