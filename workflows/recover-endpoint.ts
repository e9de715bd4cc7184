import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";
import {
  CancellationScope, condition, continueAsNew, defineSignal, isCancellation, proxyActivities, setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo,
} from "@temporalio/workflow";
import type { EndpointRecoveryActivities, RecoveryPlan, StepInput, StepResult } from "../activities/endpoint-recovery.ts";
import { signalNames, taskQueues, type Actor, type RecoverEndpointInput } from "../src/domain/processes.ts";
import { firstDrainRate, nextDrainRate, outageStage, recoveryWaitMs } from "../src/domain/recovery.ts";
import * as profiles from "./shared/profiles.ts";

const store = proxyActivities<EndpointRecoveryActivities>({ ...profiles.storage, taskQueue: taskQueues.delivery });
const sender = proxyActivities<EndpointRecoveryActivities>({ ...profiles.sending, taskQueue: taskQueues.delivery });

const cancelRequested = defineSignal<[Actor]>(signalNames.cancelRequested);
const retryRequested = defineSignal<[Actor, string?]>(signalNames.retryRequested);
const processStatus = defineSearchAttributeKey("ProcessStatus", SearchAttributeType.KEYWORD);

type Outcome = Extract<StepResult, { kind: "ended" }>["outcome"] | "cancelled";
type Failed = Extract<StepResult, { kind: "failed" }>;
type Ended = { kind: "ended"; outcome: Outcome };

/** A failed probe adds eleven events, a good one with its drain 53: no history passes 120, however long the outage lasts. */
const historyLimit = 60;

/**
 * Brings one sick endpoint back. Its deliveries are held in Postgres; this run holds the promise that somebody tries again.
 *
 * It waits by the schedule, sends the oldest delivery as a probe, and when that is taken lets the others through at a
 * rising rate until the endpoint has shown that it is well. A failure leads to the next wait. After a day its owner is
 * told, after five the endpoint is disabled. People signal retryRequested (probe now, with the delivery that it may name)
 * and cancelRequested (give the deliveries back). Ends recovered, untested (nothing waits), disabled, cancelled, or
 * overtaken by a person's change.
 */
export async function recoverEndpoint(input: RecoverEndpointInput & { waitMs?: number }): Promise<{ outcome: Outcome }> {
  return await new Recovery(input).run();
}

class Recovery {
  private readonly input: RecoverEndpointInput;
  private readonly givenWaitMs: number | undefined;
  private step: number;
  private failingSince = 0;
  private retryAsked = false;
  private wantedId: string | undefined;
  private cancelledBy: Actor | null = null;

  constructor(input: RecoverEndpointInput & { waitMs?: number }) {
    this.input = { tenantId: input.tenantId, endpointId: input.endpointId };
    this.step = input.step ?? 0;
    this.givenWaitMs = input.waitMs;
    setHandler(retryRequested, (_by, deliveryId) => {
      this.retryAsked = true;
      this.wantedId = deliveryId ?? this.wantedId;
    });
    setHandler(cancelRequested, (by) => void (this.cancelledBy ??= by));
  }

  async run(): Promise<{ outcome: Outcome }> {
    try {
      const plan = await store.beginRecovery({ ...this.input, ...(this.givenWaitMs === undefined ? {} : { waitMs: this.givenWaitMs }) });
      return { outcome: plan === null ? "overtaken" : await this.story(plan) };
    } catch (error) {
      if (!isCancellation(error)) throw error;
      return { outcome: await CancellationScope.nonCancellable(() => this.cancel({ type: "system" })) };
    }
  }

  private async story(plan: RecoveryPlan): Promise<Outcome> {
    this.failingSince = plan.failingSince;
    let waitMs = plan.waitMs;
    this.show("Waiting to probe", "many failures in a row", waitMs);
    for (;;) {
      await this.pause(waitMs);
      if (this.cancelledBy !== null) return this.done(await this.cancel(this.cancelledBy));
      const result = await this.tryOnce(plan);
      if (result.kind === "ended") return this.done(result.outcome);
      waitMs = result.waitMs;
      this.show("Waiting to probe", `${result.answer}, ${result.waiting} deliveries wait`, waitMs);
      if (workflowInfo().historyLength >= historyLimit && !this.retryAsked && this.cancelledBy === null) {
        await continueAsNew<typeof recoverEndpoint>({ ...this.input, step: this.step, waitMs });
      }
    }
  }

  /** A probe, and the drain that follows a good one: answers how it ended or what it failed on. */
  private async tryOnce(plan: RecoveryPlan): Promise<Failed | Ended> {
    this.show("Probing", "one delivery is sent", null);
    this.step += 1;
    const wanted = this.wantedId === undefined ? {} : { deliveryId: this.wantedId };
    this.wantedId = undefined;
    let result = await sender.probeEndpoint({ ...this.stepInput(plan, 1), ...wanted });
    if (result.kind === "answered") this.restartClock();
    for (let rate = firstDrainRate; result.kind === "answered"; rate = nextDrainRate(rate) ?? rate) {
      if (this.cancelledBy !== null) return { kind: "ended", outcome: await this.cancel(this.cancelledBy) };
      this.show("Letting deliveries through", `${rate} a second, ${result.waiting} wait`, null);
      result = await sender.drainHeld(this.stepInput(plan, rate));
    }
    return result;
  }

  private stepInput(plan: RecoveryPlan, limit: number): StepInput {
    const failingForMs = Date.now() - this.failingSince;
    const plannedWaitMs = recoveryWaitMs({ scheduleMs: plan.scheduleMs, step: this.step, failingForMs, random: Math.random });
    return { ...this.input, limit, now: Date.now(), plannedWaitMs, stage: outageStage(failingForMs) };
  }

  /** It takes deliveries: what comes after that is another outage. */
  private restartClock(): void {
    this.step = 0;
    this.failingSince = Date.now();
  }

  /** A request that came while a step was under way counts as well. */
  private async pause(waitMs: number): Promise<void> {
    await condition(() => this.retryAsked || this.cancelledBy !== null, waitMs);
    this.retryAsked = false;
  }

  private async cancel(by: Actor): Promise<"cancelled"> {
    await store.cancelRecovery({ ...this.input, by });
    return "cancelled";
  }

  private done(outcome: Outcome): Outcome {
    upsertSearchAttributes([{ key: processStatus, value: outcome }]);
    setCurrentDetails(`**Ended:** ${outcome}`);
    return outcome;
  }

  private show(step: string, facts: string, waitMs: number | null): void {
    const next = waitMs === null ? "" : `\n- Next try: ${new Date(Date.now() + waitMs).toISOString()}`;
    setCurrentDetails(`**Now:** ${step}\n\n- Last: ${facts}${next}\n- Failing since: ${new Date(this.failingSince).toISOString()}`);
  }
}
