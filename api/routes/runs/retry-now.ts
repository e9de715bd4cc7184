import { signalNames } from "../../../src/domain/processes.ts";
import { emptyBody } from "../../bodies.ts";
import type { AddRoute } from "../../types.ts";
import { runParams, runResource } from "./resource.ts";
import { signalOpenRun } from "./signal.ts";

export const addRetryRunNow: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/runs/:workflowId/retry-now", {
    config: { scope: "runs:write" },
    schema: { tags: ["Runs"], summary: "Retry a run now", description: "A waiting or blocked run tries its next step at once; 409 when it is closed.", params: runParams, body: emptyBody, response: { 202: runResource } },
  }, async (request, reply) => reply.code(202).send(await signalOpenRun(platform, request, request.params, signalNames.retryRequested)));
};
