import { z } from "zod";
import type { Platform } from "../../../src/context.ts";
import { getApiKey } from "../../../src/db/repositories/api-keys.ts";
import { maxOverlapSeconds } from "../../../src/domain/rotation.ts";
import { notFound } from "../../../src/lib/errors.ts";
import { isId } from "../../../src/lib/ids.ts";
import { extendOverlap } from "../../../src/rotation/extend.ts";
import type { SecretSubject } from "../../../src/rotation/former-secrets.ts";
import { retireNow } from "../../../src/rotation/retire.ts";
import { emptyBody } from "../../bodies.ts";
import { callerOf, type AddRoute } from "../../types.ts";
import { assertMayGrant } from "../api-keys/grant.ts";
import { formerResource } from "./resource.ts";

const params = z.strictObject({ tenant: z.string().max(64), id: z.string().max(64), secretId: z.string().max(64) });

const extension = z.strictObject({
  overlapSeconds: z.number().int().min(1).max(maxOverlapSeconds).meta({ description: "How long it stays valid from now, in seconds" }),
}).meta({ examples: [{ overlapSeconds: 86_400 }] });

type Find = (platform: Platform, tenantId: string, id: string) => Promise<SecretSubject>;

const nouns = [
  { noun: "integrations", tags: ["Integrations"], scope: "integrations:write", find: async (_platform, tenantId, subjectId) => ({ tenantId, kind: "integration", subjectId }) },
  { noun: "webhook-endpoints", tags: ["Webhook endpoints"], scope: "webhook-endpoints:write", find: async (_platform, tenantId, subjectId) => ({ tenantId, kind: "webhook_endpoint", subjectId }) },
  { noun: "api-keys", tags: ["API keys"], scope: "api-keys:write", find: lineOf },
] as const satisfies { noun: string; tags: string[]; scope: string; find: Find }[];

/** Any key of a line names it. */
async function lineOf(platform: Platform, tenantId: string, id: string): Promise<SecretSubject> {
  if (!isId("key", id)) throw notFound("API key");
  const key = await getApiKey(platform.db, tenantId, id);
  return { tenantId, kind: "api_key", subjectId: key.lineageId ?? key.id };
}

/** What a person does about a former secret is the same for all that have some: end it now, or keep it for longer. */
export const addFormerSecrets: AddRoute = (api, platform) => {
  for (const { noun, tags, scope, find } of nouns) {
    const path = `/v1/tenants/:tenant/${noun}/:id/secrets/:secretId`;
    api.post(`${path}/retire`, {
      config: { scope },
      schema: {
        tags: [...tags], summary: "Retire a former secret now", description: "It ends within a second in every process, and its value is deleted. 409 when it ended before.",
        params, body: emptyBody, response: { 200: formerResource },
      },
    }, async (request) => {
      const { tenant, id, secretId } = request.params;
      return await retireNow(platform, await find(platform, tenant, id), secretId, callerOf(request));
    });
    api.post(`${path}/extend`, {
      config: { scope },
      schema: {
        tags: [...tags], summary: "Extend a former secret's overlap", description: "It stays valid for so long from now, at most seven days. 409 when it has ended.",
        params, body: extension, response: { 200: formerResource },
      },
    }, async (request) => {
      const { tenant, id, secretId } = request.params;
      const subject = await find(platform, tenant, id);
      // To keep a key alive is to hand on what it may do.
      if (subject.kind === "api_key") assertMayGrant(request, (await getApiKey(platform.db, tenant, id)).scopes);
      return await extendOverlap(platform, subject, { secretId, overlapSeconds: request.body.overlapSeconds }, callerOf(request));
    });
  }
};
