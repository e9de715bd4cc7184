import type { Platform } from "../../src/context.ts";
import type { AddRoute, Api } from "../types.ts";
import { addCodec } from "./codec/codec.ts";
import { addCreateIntegration } from "./integrations/create.ts";
import { addListIntegrations } from "./integrations/list.ts";
import { addDeleteIntegration, addGetIntegration, addIntegrationHealth, addTestIntegration, addUpdateIntegration } from "./integrations/one.ts";
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

const routes: AddRoute[] = [
  addHealth,
  addCreateTenant, addListTenants, addGetTenant,
  addListProviders,
  addCreateIntegration, addListIntegrations, addGetIntegration, addUpdateIntegration, addDeleteIntegration, addTestIntegration, addIntegrationHealth,
  addCreateVerification, addListVerifications, addGetVerification, addVerificationTimeline, addReviewVerification, addResendVerification, addCancelVerification, addAddDocument,
  addReceiveWebhook, addCodec,
];

/** Every route of the API; one file each. */
export function addRoutes(api: Api, platform: Platform): void {
  for (const add of routes) add(api, platform);
}
