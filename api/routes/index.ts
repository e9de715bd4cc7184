import type { Platform } from "../../src/context.ts";
import type { AddRoute, Api } from "../types.ts";
import { addCodec } from "./codec/codec.ts";
import { addCreateIntegration } from "./integrations/create.ts";
import { addListIntegrations } from "./integrations/list.ts";
import { addDeleteIntegration, addGetIntegration, addIntegrationHealth, addTestIntegration, addUpdateIntegration } from "./integrations/one.ts";
import { addRotateIntegration } from "./integrations/rotate.ts";
import { addFormerSecrets } from "./secrets/former.ts";
import { addListProviders } from "./providers/list.ts";
import { addCancelVerification, addResendVerification, addReviewVerification } from "./verifications/act.ts";
import { addAddDocument } from "./verifications/add-document.ts";
import { addCreateVerification } from "./verifications/create.ts";
import { addGetVerification, addListVerifications, addVerificationTimeline } from "./verifications/read.ts";
import { addReceiveWebhook } from "./webhooks/receive.ts";
import { addHealth } from "./health/health.ts";
import { addCreateTenant } from "./tenants/create.ts";
import { addGetTenant } from "./tenants/get.ts";
import { addListTenants } from "./tenants/list.ts";
import { addUpdateTenant } from "./tenants/update.ts";
import { addCreateEventType } from "./event-types/create.ts";
import { addListEventTypes } from "./event-types/list.ts";
import { addGetEventType } from "./event-types/get.ts";
import { addUpdateEventType } from "./event-types/update.ts";
import { addArchiveEventType } from "./event-types/archive.ts";
import { addCreateApiKey } from "./api-keys/create.ts";
import { addListApiKeys } from "./api-keys/list.ts";
import { addGetApiKey } from "./api-keys/get.ts";
import { addRevokeApiKey } from "./api-keys/revoke.ts";
import { addRotateApiKey } from "./api-keys/rotate.ts";
import { addUpdateApiKey } from "./api-keys/update.ts";
import { addListAuditLog } from "./audit-log/list.ts";
import { addVerifyAuditLog } from "./audit-log/verify.ts";
import { addExportAuditLog } from "./audit-log/export.ts";
import { addCreateWebhookEndpoint } from "./webhook-endpoints/create.ts";
import { addListWebhookEndpoints } from "./webhook-endpoints/list.ts";
import { addGetWebhookEndpoint } from "./webhook-endpoints/get.ts";
import { addUpdateWebhookEndpoint } from "./webhook-endpoints/update.ts";
import { addDeleteWebhookEndpoint } from "./webhook-endpoints/delete.ts";
import { addReadEndpointSecret } from "./webhook-endpoints/read-secret.ts";
import { addRotateEndpointSecret } from "./webhook-endpoints/rotate-secret.ts";
import { addTestWebhookEndpoint } from "./webhook-endpoints/send-test.ts";
import { addPublishEvent } from "./events/publish.ts";
import { addPublishBatch } from "./events/publish-batch.ts";
import { addListEvents } from "./events/list.ts";
import { addGetEvent } from "./events/get.ts";
import { addReplayEvent } from "./events/replay.ts";
import { addListDeliveries } from "./deliveries/list.ts";
import { addGetDelivery } from "./deliveries/get.ts";
import { addRetryDelivery } from "./deliveries/retry.ts";
import { addCancelDelivery } from "./deliveries/cancel.ts";
import { addListInboundEvents } from "./inbound-events/list.ts";
import { addGetInboundEvent } from "./inbound-events/get.ts";
import { addReadInboundBody } from "./inbound-events/read-body.ts";
import { addReplayInboundEvent } from "./inbound-events/replay.ts";
import { addListRuns } from "./runs/list.ts";
import { addGetRun } from "./runs/get.ts";
import { addRecoverEndpoint } from "./webhook-endpoints/recover.ts";
import { addEndpointStats } from "./webhook-endpoints/stats.ts";
import { addReplayDeliveries } from "./deliveries/replay.ts";
import { addListRecoveryJobs } from "./recovery-jobs/list.ts";
import { addGetRecoveryJob } from "./recovery-jobs/get.ts";
import { addCancelRecoveryJob } from "./recovery-jobs/cancel.ts";
import { addInvariants } from "./health/invariants.ts";
import { addCancelRun } from "./runs/cancel.ts";
import { addRetryRunNow } from "./runs/retry-now.ts";

const routes: AddRoute[] = [
  addHealth, addInvariants,
  addCreateTenant, addListTenants, addGetTenant, addUpdateTenant,
  addListProviders,
  addCreateIntegration, addListIntegrations, addGetIntegration, addUpdateIntegration, addDeleteIntegration, addTestIntegration, addIntegrationHealth, addRotateIntegration,
  addFormerSecrets,
  addCreateVerification, addListVerifications, addGetVerification, addVerificationTimeline, addReviewVerification, addResendVerification, addCancelVerification, addAddDocument,
  addCreateApiKey, addListApiKeys, addGetApiKey, addUpdateApiKey, addRevokeApiKey, addRotateApiKey,
  addListAuditLog, addVerifyAuditLog, addExportAuditLog,
  addCreateWebhookEndpoint, addListWebhookEndpoints, addGetWebhookEndpoint, addUpdateWebhookEndpoint, addDeleteWebhookEndpoint, addReadEndpointSecret, addRotateEndpointSecret, addTestWebhookEndpoint, addRecoverEndpoint, addEndpointStats,
  addCreateEventType, addListEventTypes, addGetEventType, addUpdateEventType, addArchiveEventType,
  addPublishEvent, addPublishBatch, addListEvents, addGetEvent, addReplayEvent,
  addListDeliveries, addGetDelivery, addRetryDelivery, addCancelDelivery, addReplayDeliveries,
  addListRecoveryJobs, addGetRecoveryJob, addCancelRecoveryJob,
  addListInboundEvents, addGetInboundEvent, addReadInboundBody, addReplayInboundEvent,
  addListRuns, addGetRun, addCancelRun, addRetryRunNow,
  addReceiveWebhook, addCodec,
];

/** Every route of the API; one file each. */
export function addRoutes(api: Api, platform: Platform): void {
  for (const add of routes) add(api, platform);
}
