import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { signOut } from "../session.ts";
import { ApiProblem } from "./client.ts";

/** A key that is no longer accepted ends the session wherever that is noticed. */
function onError(error: unknown): void {
  if (error instanceof ApiProblem && error.status === 401) signOut("rejected");
}

/** What the API refuses stays refused; only silence and its own faults are worth another try. */
function retry(failures: number, error: unknown): boolean {
  const passing = !(error instanceof ApiProblem) || error.status === 0 || error.status >= 500 || error.status === 429;
  return passing && failures < 2;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry, staleTime: 1_000, refetchOnWindowFocus: true }, mutations: { retry: false } },
  });
}
