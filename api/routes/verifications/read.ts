import { z } from "zod";
import { listTimeline } from "../../../src/db/repositories/timeline.ts";
import { verificationStatuses } from "../../../src/domain/verification.ts";
import { getVerification, listVerifications, loadVerification } from "../../../src/verifications/read.ts";
import { idParams, pageOf, pageQuery, readCursor, tenantParams, writeCursor } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { timelineResource, verificationResource } from "./resource.ts";

const base = "/v1/tenants/:tenant/verifications";
const tags = ["Verifications"];

export const addListVerifications: AddRoute = (api, platform) => {
  api.get(base, {
    config: { scope: "verifications:read" },
    schema: {
      tags, summary: "List verifications", description: "Newest first.", params: tenantParams,
      querystring: pageQuery.extend({ status: z.enum(verificationStatuses).optional() }), response: { 200: pageOf(verificationResource) },
    },
  }, async (request) => {
    const { limit, cursor, status } = request.query;
    const page = await listVerifications(platform, request.params.tenant, { limit, cursor: readCursor(cursor, "ver"), status });
    return { data: page.data, nextCursor: page.nextCursor === null ? null : writeCursor(page.nextCursor) };
  });
};

export const addGetVerification: AddRoute = (api, platform) => {
  api.get(`${base}/:id`, {
    config: { scope: "verifications:read" },
    schema: { tags, summary: "Read a verification", description: "Where it stands, each provider's try, and the link for the candidate.", params: idParams, response: { 200: verificationResource } },
  }, (request) => getVerification(platform, request.params.tenant, request.params.id));
};

export const addVerificationTimeline: AddRoute = (api, platform) => {
  api.get(`${base}/:id/timeline`, {
    config: { scope: "verifications:read" },
    schema: { tags, summary: "A verification's story", description: "What happened, when, by whom, in words; oldest first.", params: idParams, response: { 200: timelineResource } },
  }, async (request) => {
    const { tenant, id } = request.params;
    return await platform.db.tenantTransaction(tenant, async (tx) => {
      await loadVerification(tx, tenant, id);
      return { data: await listTimeline(tx, tenant, id) };
    });
  });
};
