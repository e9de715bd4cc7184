import type { SandboxIntegration } from "../../test/support/signed-webhooks.ts";

/** The webhooks that the sender makes and signs before any clock starts. */
export interface PrepareOrder {
  /** The integrations take turns. */
  integrations: SandboxIntegration[];
  count: number;
  /** Of a hundred, so many have a signature that does not fit. */
  forgedPercent: number;
  /** Requests in a row that are the same; the count is of requests. */
  copies: number;
  /** The objects that they are about, in turn; without any, each is about one of its own. */
  objects: string[];
}

export interface SendOrder {
  port: number;
  connections: number;
  /** Without one, as fast as answers come. */
  ratePerSecond?: number | undefined;
}

/** What came of it. Times are those of `monotonicMs`. */
export interface Sent {
  startedAt: number;
  endedAt: number;
  /** How often each status answered a valid one, and a forged one; 0 is a connection that broke. */
  valid: Record<number, number>;
  forged: Record<number, number>;
  /** From sending (at a fixed rate: from when it was due) to the answer. */
  validMs: Float64Array;
  forgedMs: Float64Array;
  firstTrouble: string;
}
