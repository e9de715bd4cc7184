import { AppError } from "../../../src/lib/errors.ts";
import { checkFilter } from "../../../src/webhooks/outbound/filter.ts";
import { checkHeaders } from "./header-rules.ts";

interface Input {
  headers?: Record<string, string> | undefined;
  secretHeaders?: Record<string, string> | null | undefined;
  filter?: Record<string, unknown> | null | undefined;
}

/** What a schema cannot say of an endpoint's fields. @throws AppError invalid */
export function assertEndpointInput(input: Input): void {
  const errors = [...checkHeaders(input.headers, "/headers"), ...checkHeaders(input.secretHeaders, "/secretHeaders")];
  if (input.filter !== undefined && input.filter !== null) errors.push(...checkFilter(input.filter));
  if (errors.length > 0) throw new AppError("invalid", "Some fields cannot be used; see errors.", { errors: errors.slice(0, 50) });
}
