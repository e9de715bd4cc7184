import { setTimeout as sleep } from "node:timers/promises";
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy, WorkflowNotFoundError } from "@temporalio/client";
import type { Caller, Platform } from "../context.ts";
import type { Tx } from "../db/client.ts";
import { recordAudit } from "../db/repositories/audit.ts";
import type { SearchAttributeName } from "../domain/processes.ts";
import type { Prisma } from "../generated/prisma/client.ts";
import { newId } from "../lib/ids.ts";
import { bestEffort } from "../lib/logger.ts";
import { searchAttributes } from "./search-attributes.ts";

/** A process to start: which workflow, on what, and how Temporal's Web UI and search show it. */
export interface StartCommand {
  kind: "start";
  workflowId: string;
  workflowName: string;
  taskQueue: string;
  args: unknown[];
  /** At most 200 bytes, one line, no person's details. */
  summary: string;
  /** Markdown, no person's details. */
  details: string;
  attributes: Partial<Record<SearchAttributeName, string>>;
  /** For an id that is used again after its run closed; without it an id starts one run ever. */
  reuse?: "after_close";
}

export interface SignalCommand {
  kind: "signal";
  workflowId: string;
  signalName: string;
  args: unknown[];
}

export type OutboxCommand = StartCommand | SignalCommand;

const sendTimeoutMs = 3_000;
const patienceMs = 300;

/** Writes what Temporal must be told in the caller's transaction; `sendCommand` tells it after the commit, the relay if that failed. */
export async function enqueueCommand(tx: Tx, tenantId: string, command: OutboxCommand): Promise<string> {
  const id = newId("cmd");
  await tx.outboxCommand.create({
    data: { id, tenantId, kind: command.kind, workflowId: command.workflowId, payload: command as unknown as Prisma.InputJsonValue, nextAt: new Date(Date.now() + 2_000) },
  });
  return id;
}

/**
 * Tells Temporal at once, so that nobody waits for the relay. Never throws: what could not be told stays in the outbox.
 * The caller is held for a moment only, also while Temporal is away.
 */
export async function sendCommandSoon(platform: Platform, commandId: string): Promise<void> {
  const sent = bestEffort(sendCommand(platform, commandId), "the outbox relay will tell Temporal later", platform.logger);
  await Promise.race([sent, sleep(patienceMs, undefined, { ref: false })]);
}

/**
 * Sends one command and marks it sent. Sending twice does no harm: a workflow id starts one run (one that may be
 * used again finds at its start that nothing is left to do), and signal handlers take a repeated signal as one.
 */
export async function sendCommand(platform: Platform, commandId: string): Promise<void> {
  const { relay } = platform.db.hot;
  const { rows } = await relay.query<{ tenant_id: string; payload: OutboxCommand }>("SELECT tenant_id, payload FROM outbox_command WHERE id = $1 AND sent_at IS NULL", [commandId]);
  const [row] = rows;
  if (row === undefined) return;
  await platform.temporal.client.connection.withDeadline(Date.now() + sendTimeoutMs, async () => {
    await tellTemporal(platform, row.tenant_id, row.payload);
  });
  await relay.query("UPDATE outbox_command SET sent_at = now(), attempts = attempts + 1 WHERE id = $1", [commandId]);
}

/** Starts a run that must be there and may have been lost; one that is open stays as it is. */
export async function ensureStarted(platform: Platform, tenantId: string, command: StartCommand): Promise<void> {
  await platform.temporal.client.connection.withDeadline(Date.now() + sendTimeoutMs, () => tellTemporal(platform, tenantId, command));
}

async function tellTemporal(platform: Platform, tenantId: string, command: OutboxCommand): Promise<void> {
  const { client } = platform.temporal;
  try {
    if (command.kind === "signal") {
      await client.workflow.getHandle(command.workflowId).signal(command.signalName, ...command.args);
      return;
    }
    await client.workflow.start(command.workflowName, {
      workflowId: command.workflowId,
      taskQueue: command.taskQueue,
      args: command.args,
      workflowIdReusePolicy: command.reuse === "after_close" ? WorkflowIdReusePolicy.ALLOW_DUPLICATE : WorkflowIdReusePolicy.REJECT_DUPLICATE,
      staticSummary: command.summary,
      staticDetails: command.details,
      typedSearchAttributes: searchAttributes(command.attributes),
      priority: { fairnessKey: tenantId.slice(0, 64) },
    });
  } catch (error) {
    // Started before, or closed since: in both cases there is nothing left to tell.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return;
    if (error instanceof WorkflowNotFoundError && command.kind === "signal" && (await wasStarted(platform, command.workflowId))) return;
    throw error;
  }
}

/** False while the run's own start still waits in the outbox: its signal must wait for it. */
async function wasStarted(platform: Platform, workflowId: string): Promise<boolean> {
  const { rowCount } = await platform.db.hot.relay.query("SELECT 1 FROM outbox_command WHERE workflow_id = $1 AND kind = 'start' AND sent_at IS NULL LIMIT 1", [workflowId]);
  return rowCount === 0;
}

/** A signal that a person asked for: audited and durable, sent at once when Temporal is there. */
export async function signalRun(platform: Platform, tenantId: string, workflowId: string, signalName: string, args: unknown[], caller: Caller): Promise<void> {
  const commandId = await platform.db.tenantTransaction(tenantId, async (tx) => {
    await recordAudit(tx, tenantId, caller, { action: "run.signalled", subjectType: "run", subjectId: workflowId, after: { signal: signalName } });
    return await enqueueCommand(tx, tenantId, { kind: "signal", workflowId, signalName, args });
  });
  await sendCommandSoon(platform, commandId);
}

/** Sends what is overdue: started by the relay workflow, so that it also runs after every other process was killed. */
export async function relayOutboxCommands(platform: Platform, limit: number): Promise<{ sent: number; failed: number }> {
  const { rows } = await platform.db.hot.relay.query<{ id: string }>(
    `UPDATE outbox_command SET attempts = attempts + 1, next_at = now() + make_interval(secs => LEAST(300, 2 ^ LEAST(attempts + 1, 9)))
     WHERE id IN (SELECT id FROM outbox_command WHERE sent_at IS NULL AND next_at <= now() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [limit],
  );
  let failed = 0;
  for (const { id } of rows.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    try {
      await sendCommand(platform, id);
    } catch (error) {
      failed += 1;
      await platform.db.hot.relay.query("UPDATE outbox_command SET last_error = $2 WHERE id = $1", [id, (error as Error).message.slice(0, 300)]);
    }
  }
  return { sent: rows.length - failed, failed };
}
