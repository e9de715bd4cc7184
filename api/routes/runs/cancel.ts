import { signalNames } from "../../../src/domain/processes.ts";
import { emptyBody } from "../../bodies.ts";
import type { AddRoute } from "../../types.ts";
import { runParams, runResource } from "./resource.ts";
import { signalOpenRun } from "./signal.ts";

export const addCancelRun: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/runs/:workflowId/cancel", {
    config: { scope: "runs:write" },
    schema: { tags: ["Runs"], summary: "Cancel a run", description: "Asks it to stop and to undo what can be undone; 409 when it is closed.", params: runParams, body: emptyBody, response: { 202: runResource } },
  }, async (request, reply) => reply.code(202).send(await signalOpenRun(platform, request, request.params, signalNames.cancelRequested)));
};
