import { getRun } from "../../../src/db/repositories/runs.ts";
import { listTimeline } from "../../../src/db/repositories/timeline.ts";
import type { AddRoute } from "../../types.ts";
import { runDetail, runParams, toRunDetail } from "./resource.ts";

export const addGetRun: AddRoute = (api, platform) => {
  api.get("/v1/tenants/:tenant/runs/:workflowId", {
    config: { scope: "runs:read" },
    schema: { tags: ["Runs"], summary: "Read a run", description: "With its timeline and a link to Temporal's Web UI.", params: runParams, response: { 200: runDetail } },
  }, async (request) => {
    const { tenant, workflowId } = request.params;
    return await platform.db.tenantTransaction(tenant, async (tx) => {
      const run = await getRun(tx, tenant, workflowId);
      return toRunDetail(platform, run, await listTimeline(tx, tenant, run.subjectId));
    });
  });
};
