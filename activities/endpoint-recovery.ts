import { Context } from "@temporalio/activity";
import type { Platform } from "../src/context.ts";
import type { Actor, RecoverEndpointInput } from "../src/domain/processes.ts";
import { nextDrainRate, obeyedMs, recoveryWaitMs, type OutageStage } from "../src/domain/recovery.ts";
import type { GuardedDispatcher } from "../src/security/egress-guard.ts";
import { disableAfterLongOutage, disableEndpoint } from "../src/webhooks/outbound/endpoint-notices.ts";
import { sendHeld, type HeldSent } from "../src/webhooks/outbound/probe.ts";
import * as recovery from "../src/webhooks/outbound/endpoint-recovery.ts";
import type { AttemptOutcome } from "../src/webhooks/outbound/send.ts";

export interface RecoveryPlan {
  scheduleMs: number[];
  /** Milliseconds since the epoch. */
  failingSince: number;
  waitMs: number;
}

export interface StepInput extends RecoverEndpointInput {
  /** How many deliveries are let through. */
  limit: number;
  /** The delivery that a person asked for, to be sent before all others. */
  deliveryId?: string;
  /** The run's clock, and its wait should this step fail. */
  now: number;
  plannedWaitMs: number;
  stage: OutageStage;
}

export type StepResult =
  | { kind: "answered"; waiting: number }
  | { kind: "failed"; answer: string; waiting: number; waitMs: number }
  | { kind: "ended"; outcome: "recovered" | "untested" | "disabled" | "overtaken" };

export type EndpointRecoveryActivities = ReturnType<typeof createEndpointRecoveryActivities>;

const heartbeatMs = 4_000;
const stillLeased = "the held deliveries are still leased";
const system: Actor = { type: "system" };

/** The steps of recoverEndpoint. A repeated step sends at most what its first try left without a result. */
export function createEndpointRecoveryActivities(platform: Platform, dispatcher: GuardedDispatcher, stopping: AbortSignal) {
  async function send(input: StepInput): Promise<HeldSent> {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), heartbeatMs);
    try {
      return await sendHeld(platform, dispatcher, { endpointId: input.endpointId, limit: input.limit, deliveryId: input.deliveryId, signal: AbortSignal.any([context.cancellationSignal, stopping]) });
    } finally {
      clearInterval(beat);
    }
  }

  async function failed(input: StepInput, sent: HeldSent, outcome: AttemptOutcome): Promise<StepResult> {
    if (await disabled(input, outcome)) {
      await recovery.closeRunDisabled(platform, input);
      return { kind: "ended", outcome: "disabled" };
    }
    const answer = outcome.statusCode === null ? (outcome.error ?? "no answer") : `status ${outcome.statusCode}`;
    const waitMs = Math.max(input.plannedWaitMs, obeyedMs(outcome.retryAfterMs));
    await recovery.noteStillFailing(platform, input, input.stage !== "young");
    await recovery.noteRun(platform, input, { step: "Waiting to probe the endpoint", problem: `The endpoint does not take deliveries (${answer}); ${sent.waiting} wait.`, nextTimer: input.now + waitMs });
    return { kind: "failed", answer, waiting: sent.waiting, waitMs };
  }

  async function disabled({ tenantId, endpointId, stage }: StepInput, outcome: AttemptOutcome): Promise<boolean> {
    if (outcome.statusCode === 410) {
      await disableEndpoint(platform.db, tenantId, endpointId, "The endpoint answered 410 Gone.");
      return true;
    }
    return stage === "give_up" && (await disableAfterLongOutage(platform.db, tenantId, endpointId));
  }

  async function end(input: StepInput, outcome: "recovered" | "untested"): Promise<StepResult> {
    await recovery.endRecovery(platform, input, outcome, system);
    return { kind: "ended", outcome };
  }

  return {
    async beginRecovery(input: RecoverEndpointInput & { waitMs?: number }): Promise<RecoveryPlan | null> {
      const begun = await recovery.beginRecovery(platform, input);
      if (begun === null) {
        await recovery.endRecovery(platform, input, "cancelled", system);
        return null;
      }
      const scheduleMs = platform.config.recoveryScheduleMs;
      const waitMs = input.waitMs ?? Math.max(begun.slowForMs, recoveryWaitMs({ scheduleMs, step: 0, failingForMs: 0, random: Math.random }));
      await recovery.noteRun(platform, input, { step: "Waiting to probe the endpoint", problem: "The endpoint failed many times in a row.", nextTimer: Date.now() + waitMs });
      return { scheduleMs, failingSince: begun.failingSince, waitMs };
    },

    /** Sends the delivery that a person asked for, or the oldest held one. */
    async probeEndpoint(input: StepInput): Promise<StepResult> {
      const sent = await send(input);
      if (sent.failure !== null) return await failed(input, sent, sent.failure);
      if (sent.sent === 0) {
        if ((await recovery.beginRecovery(platform, input)) === null) return await overtaken(input);
        // Held and leased: an earlier try of this step was cut short, and its lease ends soon.
        if (sent.waiting > 0) throw new Error(stillLeased);
        return await end(input, "untested");
      }
      await recovery.noteAnswered(platform, input);
      if (sent.waiting === 0) return await end(input, "recovered");
      await recovery.noteRun(platform, input, { step: "Letting deliveries through", problem: null, nextTimer: null });
      return { kind: "answered", waiting: sent.waiting };
    },

    /** Lets one second's worth of held deliveries through; when all went, or the rate is proof enough, the endpoint is well. */
    async drainHeld(input: StepInput): Promise<StepResult> {
      const sent = await send(input);
      if (sent.failure !== null) return await failed(input, sent, sent.failure);
      if ((await recovery.beginRecovery(platform, input)) === null) return await overtaken(input);
      if (sent.sent === 0 && sent.waiting > 0) throw new Error(stillLeased);
      if (sent.waiting === 0 || nextDrainRate(input.limit) === null) return await end(input, "recovered");
      return { kind: "answered", waiting: sent.waiting };
    },

    async cancelRecovery(input: RecoverEndpointInput & { by: Actor }): Promise<void> {
      await recovery.endRecovery(platform, input, "cancelled", input.by);
    },
  };

  async function overtaken(input: StepInput): Promise<StepResult> {
    await recovery.endRecovery(platform, input, "cancelled", system);
    return { kind: "ended", outcome: "overtaken" };
  }
}
