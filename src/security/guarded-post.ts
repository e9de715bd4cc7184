import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { BadAnswerError, type GuardedDispatcher } from "./egress-guard.ts";

const maxInformationalAnswers = 16;

/** What came back: the status line, and the beginning of what followed. */
export interface GuardedAnswer {
  statusCode: number;
  headers: IncomingHttpHeaders;
  /** At most `keepBytes`, as it was on the wire: nothing is inflated. */
  body: Buffer;
  /** `too_large`: more than `readBytes` came or were announced. An error when it broke off or the time was up. */
  ended: "whole" | "too_large" | Error;
}

export interface GuardedRequest {
  headers: Record<string, string>;
  body: string;
  /** From the name look-up to the last byte that is read. */
  timeoutMs: number;
  keepBytes: number;
  readBytes: number;
}

export class AnswerTimeoutError extends Error {
  override readonly name = "AnswerTimeoutError";
  readonly code = "ANSWER_TIMEOUT";
}

/** A connection's end for reasons of ours: what matters was noted before. */
class EnoughError extends Error {}

/**
 * Posts to a URL that a user gave us; redirects are not followed. Rejects when no status line came. Written as a handler of
 * undici's, because this is done thousands of times a second: a stream and an abort signal for each would cost more than
 * the signature.
 */
export function guardedPost(dispatcher: GuardedDispatcher, url: string, request: GuardedRequest): Promise<GuardedAnswer> {
  return new Promise((resolve, reject) => {
    const answer = new AnswerHandler(request, resolve, reject);
    try {
      const { origin, path } = targetOf(url);
      dispatcher.dispatch(
        {
          origin, path, method: "POST", headers: request.headers, body: request.body,
          // The handler's own time limit is exact; these are for the case that it could be missed.
          headersTimeout: request.timeoutMs + 1_000, bodyTimeout: request.timeoutMs + 1_000,
        },
        answer,
      );
    } catch (error) {
      answer.fail(error as Error);
    }
  });
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  private readonly request: GuardedRequest;
  private readonly resolve: (answer: GuardedAnswer) => void;
  private readonly reject: (error: Error) => void;
  private readonly timer: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | null = null;
  private answer: GuardedAnswer | null = null;
  private readonly kept: Buffer[] = [];
  private total = 0;
  private informational = 0;
  private settled = false;

  constructor(request: GuardedRequest, resolve: (answer: GuardedAnswer) => void, reject: (error: Error) => void) {
    this.request = request;
    this.resolve = resolve;
    this.reject = reject;
    this.timer = setTimeout(() => this.stop(new AnswerTimeoutError("no whole answer in time")), request.timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It may have waited for a connection for longer than its time.
    if (this.settled) controller.abort(new EnoughError());
    else this.controller = controller;
  }

  onResponseStart(controller: Dispatcher.DispatchController, statusCode: number, headers: IncomingHttpHeaders): void {
    if (statusCode < 200) {
      this.informational += 1;
      if (this.informational > maxInformationalAnswers) controller.abort(new BadAnswerError("too many informational answers"));
      return;
    }
    this.answer = { statusCode, headers, body: Buffer.alloc(0), ended: "whole" };
    if (Number(headers["content-length"] ?? 0) > this.request.readBytes) this.tooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    if (this.total < this.request.keepBytes) this.kept.push(chunk.subarray(0, this.request.keepBytes - this.total));
    this.total += chunk.length;
    if (this.total > this.request.readBytes) this.tooLarge();
  }

  onResponseEnd(): void {
    this.settle("whole");
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(error);
  }

  /** After the status line it is how the answer ended, before it there is none. */
  fail(error: Error): void {
    this.settle(error);
  }

  private tooLarge(): void {
    this.settle("too_large");
    this.controller?.abort(new EnoughError());
  }

  private stop(error: Error): void {
    this.settle(error);
    this.controller?.abort(error);
  }

  private settle(ended: GuardedAnswer["ended"]): void {
    if (this.settled) return;
    this.settled = true;
    clearTimeout(this.timer);
    if (this.answer !== null) this.resolve({ ...this.answer, body: this.kept.length === 1 ? (this.kept[0] as Buffer) : Buffer.concat(this.kept), ended });
    else this.reject(ended instanceof Error ? ended : new BadAnswerError("an answer without a status"));
  }
}

const maxTargets = 5_000;
const targets = new Map<string, { origin: string; path: string }>();

/** Endpoints' URLs come again and again. */
function targetOf(url: string): { origin: string; path: string } {
  const known = targets.get(url);
  if (known !== undefined) return known;
  const { origin, pathname, search } = new URL(url);
  if (targets.size >= maxTargets) targets.clear();
  const target = { origin, path: `${pathname}${search}` };
  targets.set(url, target);
  return target;
}
