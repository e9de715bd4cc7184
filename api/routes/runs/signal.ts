import type { FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Platform } from "../../../src/context.ts";
import { getRun } from "../../../src/db/repositories/runs.ts";
import { AppError } from "../../../src/lib/errors.ts";
import { signalRun } from "../../../src/temporal/outbox.ts";
import { callerOf } from "../../types.ts";
import { toRunResource, type runParams, type runResource } from "./resource.ts";

/** Tells an open run what a person asks of it. The run acts on it in its own time: the answer shows it as it stands. */
export async function signalOpenRun(platform: Platform, request: FastifyRequest, params: z.infer<typeof runParams>, signalName: string): Promise<z.infer<typeof runResource>> {
  const { tenant, workflowId } = params;
  const run = await platform.db.tenantTransaction(tenant, (tx) => getRun(tx, tenant, workflowId));
  if (run.closedAt !== null) throw new AppError("illegal_state", "The run is closed.");
  const caller = callerOf(request);
  await signalRun(platform, tenant, workflowId, signalName, [caller.actor], caller);
  return toRunResource(platform, run);
}
