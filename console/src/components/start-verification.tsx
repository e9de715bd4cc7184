import { Drawer } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { request } from "../api/client.ts";
import { integrationsQuery, paths, providersQuery } from "../api/queries.ts";
import type { Verification, VerificationInput } from "../api/types.ts";
import { useSubmissionKey } from "../lib/submission-key.ts";
import { RouterButton } from "./links.tsx";
import { Notice } from "./notice.tsx";
import { Problem } from "./problem.tsx";
import { LoadingRows } from "./states.tsx";
import { type ProviderChoice, VerificationForm } from "./verification-form.tsx";

interface StartVerificationProps {
  tenant: string;
  opened: boolean;
  onClose: () => void;
}

/** The drawer that starts a verification and then leads to its page. */
export function StartVerification({ tenant, opened, onClose }: StartVerificationProps) {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const submissionKey = useSubmissionKey();
  const { choices, error } = useIdentityProviders(tenant);
  const start = useMutation({
    mutationFn: (body: VerificationInput) =>
      request<Verification>(paths.verifications(tenant), { method: "POST", body, idempotencyKey: submissionKey.for(body) }),
    onSuccess: async ({ id }) => {
      void queryClient.invalidateQueries({ queryKey: ["verifications", tenant] });
      await navigate({ to: "/t/$tenant/verifications/$verification", params: { tenant, verification: id }, replace: true });
    },
    onSettled: (_, problem) => submissionKey.settle(problem),
  });
  const close = () => {
    start.reset();
    onClose();
  };
  return (
    <Drawer
      opened={opened}
      onClose={close}
      position="right"
      size={460}
      title="Start verification"
      closeButtonProps={{ "aria-label": "Close" }}
      styles={{ title: { fontWeight: 650, fontSize: 18 } }}
    >
      {error && <Problem error={error} what="The integrations could not be loaded" />}
      {!choices && !error && <LoadingRows what="providers" />}
      {choices?.length === 0 && (
        <Notice tone="info">
          <p style={{ margin: "0 0 10px" }}>No identity provider is connected yet. Connect one first; in sandbox mode that takes one click.</p>
          <RouterButton to="/t/$tenant/integrations" params={{ tenant }} search={{ category: "identity" }} size="xs">
            Go to the integrations
          </RouterButton>
        </Notice>
      )}
      {choices && choices.length > 0 && (
        <VerificationForm choices={choices} error={start.error} pending={start.isPending} onSubmit={start.mutate} onCancel={close} />
      )}
    </Drawer>
  );
}

/** The connected providers that can verify identities, each once. */
function useIdentityProviders(tenant: string): { choices: ProviderChoice[] | null; error: Error | null } {
  const providers = useQuery(providersQuery());
  const integrations = useQuery(integrationsQuery(tenant));
  if (!providers.data || !integrations.data) return { choices: null, error: providers.error ?? integrations.error };
  const able = providers.data.filter((provider) => provider.capabilities.includes("identityVerification"));
  const choices = able.flatMap((provider) => {
    const own = integrations.data.filter((one) => one.provider === provider.slug && one.status !== "disconnected");
    return own.length === 0 ? [] : [{ slug: provider.slug, name: provider.name, sandbox: own.every((one) => one.mode === "sandbox") }];
  });
  return { choices, error: null };
}
