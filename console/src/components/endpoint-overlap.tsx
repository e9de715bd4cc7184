import { Text } from "@mantine/core";
import { paths } from "../api/queries.ts";
import type { WebhookEndpoint } from "../api/types.ts";
import { FactCard } from "./fact-card.tsx";
import { FormerSecrets } from "./former-secrets.tsx";

/** A rotation under way: which former secrets still sign. Nothing is shown when there is none. */
export function EndpointOverlap({ tenant, endpoint }: { tenant: string; endpoint: WebhookEndpoint }) {
  const former = endpoint.rotation ?? [];
  if (former.length === 0) return null;
  return (
    <FactCard title="Former secrets" facts={[]}>
      <Text size="sm" mb={10}>
        Deliveries carry a signature of each. Which one the receiver checks cannot be seen from here.
      </Text>
      <FormerSecrets path={paths.endpoint(tenant, endpoint.id)} former={former} shownBy={[["endpoint", tenant, endpoint.id]]} />
    </FactCard>
  );
}
