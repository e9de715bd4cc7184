import { sleep } from "@temporalio/workflow";
import { verifyIdentity as story } from "../../workflows/verify-identity.ts";
import type { VerifyIdentityInput } from "../../src/domain/processes.ts";

/** The same story with a pause before it and no patch: what a careless change looks like. */
export async function verifyIdentity(input: VerifyIdentityInput): Promise<unknown> {
  await sleep("1 minute");
  return await story(input);
}
