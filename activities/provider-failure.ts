import { ApplicationFailure, ApplicationFailureCategory } from "@temporalio/common";
import { AppError } from "../src/lib/errors.ts";
import { ProviderError } from "../src/providers/provider-error.ts";

/** An answer that the vendor does not document is tried this often before a person is shown it. */
const unexpectedTries = 3;

/**
 * The one place where a provider's error becomes Temporal's failure and retry rule: refused credentials and refused data
 * are not tried again, a rate limit waits as long as the vendor says, everything passing is tried by the profile.
 */
export function toActivityFailure(error: unknown, attempt: number): unknown {
  if (error instanceof ProviderError) {
    const final = error.kind === "auth" || error.kind === "invalid" || error.kind === "not_found" || (error.kind === "unexpected" && attempt >= unexpectedTries);
    return ApplicationFailure.create({
      message: error.message,
      type: `ProviderError.${error.kind}`,
      nonRetryable: final,
      ...(error.kind === "rate_limited" ? { nextRetryDelay: error.retryAfterMs ?? 5_000, category: ApplicationFailureCategory.BENIGN } : {}),
    });
  }
  // A missing row or missing credentials: waiting changes nothing until a person acts.
  if (error instanceof AppError && error.status < 500) return ApplicationFailure.create({ message: error.message, type: `AppError.${error.code}`, nonRetryable: true });
  return error;
}
