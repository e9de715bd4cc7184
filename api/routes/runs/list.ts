import { z } from "zod";
import { listRuns } from "../../../src/db/repositories/runs.ts";
import { processKinds } from "../../../src/domain/processes.ts";
import { pageOf, pageQuery, readCursor, tenantParams, toPage } from "../../schemas.ts";
import type { AddRoute } from "../../types.ts";
import { runResource, toRunResource } from "./resource.ts";

const querystring = pageQuery.extend({
  status: z.string().regex(/^[a-z_]{1,40}$/, "must be a status, such as in_review").optional(),
  kind: z.enum(processKinds).optional(),
});

export const addListRuns: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/runs", {
    config: { scope: "runs:read" },
    schema: {
      tags: ["Runs"], summary: "List runs", description: "Every durable process with its status, step and next timer; newest first.",
      params: tenantParams, querystring, response: { 200: pageOf(runResource) },
    },
  }, async (request) => {
    const { cursor, ...filter } = request.query;
    const rows = await listRuns(platform.db, request.params.tenant, { ...filter, cursor: readCursor(cursor) });
    return toPage(rows, filter.limit, (row) => row.workflowId, (row) => toRunResource(platform, row));
  });
};
