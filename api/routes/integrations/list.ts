import { z } from "zod";
import { listIntegrations, withRotation } from "../../../src/integrations/manage.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { integrationResource } from "./resource.ts";

const querystring = pageQuery.extend({ provider: z.string().max(64).optional(), status: z.enum(["connected", "needs_attention", "disconnected"]).optional() });

export const addListIntegrations: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/integrations", {
    config: { scope: "integrations:read" },
    schema: { tags: ["Integrations"], summary: "List integrations", description: "Newest first.", params: tenantParams, querystring, response: { 200: pageOf(integrationResource) } },
  }, async (request) => {
    const { limit, cursor, provider, status } = request.query;
    const rows = await listIntegrations(platform, request.params.tenant, { limit, cursor: readCursor(cursor, "int"), provider, status });
    const page = toPage(rows, limit, (row) => row.id, (row) => row);
    return { ...page, data: await withRotation(platform, request.params.tenant, page.data) };
  });
};
