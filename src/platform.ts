import type { Config } from "./config/config.ts";
import type { Platform } from "./context.ts";
import { openDatabase } from "./db/client.ts";
import { systemClock } from "./lib/clock.ts";
import { createHttpTransport } from "./lib/http-transport.ts";
import { createLogger } from "./lib/logger.ts";
import { createLimits } from "./limits/limits.ts";
import { FormerUseLog } from "./rotation/use-log.ts";
import { createAddressRules } from "./security/address-rules.ts";
import { localKeyRing } from "./security/key-ring.ts";
import { createVault } from "./security/vault.ts";
import { createDataConverter } from "./temporal/codec.ts";
import { loadWebhookSecrets } from "./integrations/webhook-secrets.ts";
import { createInboundRecorder } from "./webhooks/inbound/inbound-recorder.ts";
import { createKnownIntegrations } from "./webhooks/inbound/known-integrations.ts";
import { inboundChannel } from "./webhooks/inbound/write-inbound.ts";
import { dueChannel } from "./webhooks/outbound/due-channel.ts";
import { createEventAcceptor } from "./webhooks/outbound/accept.ts";
import { createDueNotifier } from "./webhooks/outbound/due-notifier.ts";
import { openTemporal } from "./temporal/gateway.ts";

/** Composes what a process works with: called once, in its main. Opens no connection before it is used. */
export function createPlatform(config: Config, options: { process: string }): Platform & { close(): Promise<void> } {
  const logger = createLogger({ level: config.logLevel, process: options.process });
  const db = openDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize, logger });
  const temporal = openTemporal(config, createDataConverter(config.encryptionKeys));
  const http = createHttpTransport({ logger });
  const events = createEventAcceptor(db.hot.accept, createDueNotifier({ url: config.databaseUrl, role: "waystation_ingest", channel: dueChannel, logger }), logger);
  const vault = createVault(localKeyRing(config.encryptionKeys));
  const recorder = createInboundRecorder({ pool: db.hot.inbound, tallyPool: db.hot.relay, vault, notifier: createDueNotifier({ url: config.databaseUrl, role: "waystation_ingest", channel: inboundChannel, logger }), logger });
  const formerUse = new FormerUseLog(db, logger);
  return {
    config,
    db,
    temporal,
    http,
    logger,
    vault,
    addressRules: createAddressRules(config.allowPrivateWebhookTargets),
    events,
    inbound: { recorder, integrations: createKnownIntegrations((id) => loadWebhookSecrets({ db, vault, clock: systemClock }, id)) },
    formerUse,
    limits: createLimits({ config, pool: db.hot.accept, logger }),
    clock: systemClock,
    close: async () => {
      await Promise.allSettled([http.close(), temporal.close(), events.close(), recorder.close(), formerUse.close()]);
      await Promise.allSettled([db.close()]);
    },
  };
}
