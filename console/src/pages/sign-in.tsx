import { Button, Code, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiProblem, request } from "../api/client.ts";
import { paths, tenantsQuery } from "../api/queries.ts";
import type { Page, Tenant } from "../api/types.ts";
import { Door } from "../components/door.tsx";
import { Notice } from "../components/notice.tsx";
import { Problem } from "../components/problem.tsx";
import { signIn, signOutReason } from "../session.ts";

export function SignInPage() {
  const [key, setKey] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const enter = useEnter();
  const tryKey = useMutation({
    mutationFn: (apiKey: string) => request<Page<Tenant>>(`${paths.tenants}?limit=250`, { apiKey }),
    onSuccess: (tenants, apiKey) => enter(apiKey, tenants),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const trimmed = key.trim();
    const problem = shapeFault(trimmed);
    setFault(problem);
    if (problem === null) tryKey.mutate(trimmed);
  };
  const refused = tryKey.error instanceof ApiProblem && tryKey.error.status === 401;
  return (
    <Door title="Sign in">
      {signOutReason() === "rejected" && !tryKey.error && (
        <Notice tone="caution">Your key is no longer accepted: it may have expired or been revoked. Sign in with another one.</Notice>
      )}
      <form onSubmit={submit} noValidate>
        <Stack gap={14}>
          <PasswordInput
            label="API key"
            description="A platform key opens every tenant, a tenant key only its own."
            value={key}
            onChange={(event) => setKey(event.currentTarget.value)}
            error={fault ?? (refused ? "This key is not accepted. Check that all of it was copied and that it was not revoked." : null)}
            autoComplete="off"
            spellCheck={false}
            visibilityToggleButtonProps={{ "aria-label": "Show or hide the key", tabIndex: 0 }}
            data-autofocus
            autoFocus
          />
          {tryKey.error && !refused && <Problem error={tryKey.error} {...refusalOf(tryKey.error)} />}
          <Button type="submit" loading={tryKey.isPending}>
            Sign in
          </Button>
        </Stack>
      </form>
      <Text size="sm" c="dimmed">
        Waystation wrote its first administrator key into the file{" "}
        <Code style={{ whiteSpace: "nowrap" }}>DATA_DIR/admin-api-key</Code> when it first started; <Code>DATA_DIR</Code> is{" "}
        <Code>.data</Code> unless configured otherwise. The key you enter stays in this tab and is forgotten when you close it.
      </Text>
    </Door>
  );
}

/** Where to go once the key is known to work: back to where the reader came from, else to the only tenant, else to the choice. */
function useEnter() {
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const router = useRouter();
  const queryClient = useQueryClient();
  return (apiKey: string, tenants: Page<Tenant>) => {
    signIn(apiKey);
    queryClient.setQueryData(tenantsQuery().queryKey, tenants);
    const [only] = tenants.data;
    if (next && /^\/t\/[a-z0-9]/.test(next)) return router.history.push(`${router.basepath}${next}`);
    if (only && tenants.data.length === 1 && tenants.nextCursor === null) {
      return void navigate({ to: "/t/$tenant/integrations", params: { tenant: only.id } });
    }
    return void navigate({ to: "/tenants" });
  };
}

function shapeFault(key: string): string | null {
  if (key === "") return "Paste an API key.";
  return /^[\x21-\x7e]+$/.test(key) ? null : "This is no API key: it has spaces or other characters that no key has.";
}

function refusalOf(error: Error): { what?: string } {
  return error instanceof ApiProblem && error.status === 403 ? { what: "This key may not list tenants" } : {};
}
