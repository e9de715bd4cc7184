import { useRef } from "react";
import { ApiProblem, randomKey } from "../api/client.ts";

/**
 * One idempotency key per thing that a person submits. When no answer came, sending the same form again repeats the key, so
 * that the thing is not done twice; once there was an answer, or the form was changed, the next one is new.
 */
export function useSubmissionKey() {
  const held = useRef<{ key: string; body: string } | null>(null);
  return {
    for(body: unknown): string {
      const text = JSON.stringify(body);
      if (held.current?.body !== text) held.current = { key: randomKey(), body: text };
      return held.current.key;
    },
    settle(error: Error | null): void {
      const unanswered = error instanceof ApiProblem && (error.status === 0 || error.status >= 500);
      if (!unanswered) held.current = null;
    },
  };
}
