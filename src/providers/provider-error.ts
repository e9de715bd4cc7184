export type ProviderErrorKind = "auth" | "invalid" | "not_found" | "rate_limited" | "unavailable" | "unexpected";

/**
 * Everything a provider's client throws. The kind decides what happens next: auth and invalid wait for a person,
 * rate_limited and unavailable are tried again, unexpected (an answer that the vendor does not document) is tried a few
 * times and then shown to a person. The message names the provider and the call and never holds a secret or a person's details.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly provider: string;
  readonly kind: ProviderErrorKind;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    provider: string,
    kind: ProviderErrorKind,
    message: string,
    options: { status?: number; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.provider = provider;
    this.kind = kind;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
  }
}
