import { Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { integrationsQuery, paths } from "../api/queries.ts";
import type { Integration, Provider } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { ExternalLink } from "./links.tsx";
import { Problem } from "./problem.tsx";
import { ProviderIdentity } from "./provider-identity.tsx";
import styles from "./provider.module.css";
import { StatusBadge } from "./status-badge.tsx";

interface ProviderCardProps {
  tenant: string;
  provider: Provider;
  before: Integration | null;
}

/** A provider that can be connected; without a capability there would be nothing to do with the connection, so none is offered. */
export function ProviderCard({ tenant, provider, before }: ProviderCardProps) {
  const queryClient = useQueryClient();
  const connect = useMutation({
    mutationFn: () =>
      request<Integration>(paths.integrations(tenant), {
        method: "POST",
        body: { provider: provider.slug, mode: "sandbox", settings: {} },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: integrationsQuery(tenant).queryKey });
      announce(`${provider.name} is connected in sandbox mode`);
    },
  });
  return (
    <article className={`ws-card ${styles["card"]}`} aria-label={provider.name} style={{ display: "flex", flexDirection: "column", gap: 14 }}>
      <ProviderIdentity provider={provider} badges={before && <StatusBadge kind="integration" value={before.status} />} />
      {connect.error && <Problem error={connect.error} what={`${provider.name} could not be connected`} />}
      <Group justify="space-between" mt="auto">
        <ExternalLink href={provider.docs.api}>
          Vendor’s docs <VisuallyHidden>({provider.name})</VisuallyHidden>
        </ExternalLink>
        {provider.capabilities.length > 0 && (
          <Button
            size="xs"
            variant="light"
            leftSection={<IconFlask size={15} />}
            loading={connect.isPending}
            onClick={() => connect.mutate()}
          >
            Connect in sandbox <VisuallyHidden>({provider.name})</VisuallyHidden>
          </Button>
        )}
      </Group>
      {provider.capabilities.length === 0 && (
        <Text size="xs" c="dimmed">
          Its webhooks can be received, over an integration made through the API; nothing can be done with it from here yet.
        </Text>
      )}
      {provider.webhook === null && (
        <Text size="xs" c="dimmed">
          Sends no webhooks; Waystation asks it for news.
        </Text>
      )}
    </article>
  );
}
