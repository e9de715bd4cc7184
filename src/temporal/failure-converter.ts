import { DefaultFailureConverter } from "@temporalio/common";

/** Failure messages and stack traces go through the codec as well: a provider's error text may quote what it was sent. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
