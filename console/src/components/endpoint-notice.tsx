import { Button, Text } from "@mantine/core";
import { IconPlayerPlay, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { endpointRecoveryWorkflowId } from "../../../src/domain/workflow-ids.ts";
import { request } from "../api/client.ts";
import { paths, runQuery } from "../api/queries.ts";
import type { WebhookEndpoint } from "../api/types.ts";
import { ExternalLink } from "./links.tsx";
import { Notice } from "./notice.tsx";
import { Problem } from "./problem.tsx";
import { Time } from "./time.tsx";

/** Why nothing goes to an endpoint at present, and what a person can do about it. */
export function EndpointNotice({ tenant, endpoint }: { tenant: string; endpoint: WebhookEndpoint }) {
  if (endpoint.status === "degraded") return <Degraded tenant={tenant} id={endpoint.id} />;
  return endpoint.status === "disabled" ? <Disabled tenant={tenant} id={endpoint.id} /> : null;
}

function Degraded({ tenant, id }: { tenant: string; id: string }) {
  const queryClient = useQueryClient();
  const workflowId = endpointRecoveryWorkflowId(id);
  const run = useQuery(runQuery(tenant, workflowId, true));
  const probe = useMutation({
    mutationFn: () => request(`${paths.run(tenant, workflowId)}/retry-now`, { method: "POST", body: {} }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["run", tenant, workflowId] }),
  });
  return (
    <>
      <Notice tone="caution">
        <Text size="sm" fw={600}>
          The endpoint does not take deliveries; they are held
        </Text>
        {run.data?.problem && <Text size="sm">{run.data.problem}</Text>}
        {run.data?.nextTimer && (
          <Text size="sm">
            Next try: <Time at={run.data.nextTimer} inline />
          </Text>
        )}
        {run.data?.webUrl && <ExternalLink href={run.data.webUrl}>Open the recovery in Temporal</ExternalLink>}
        <div>
          <Button mt={10} size="xs" variant="default" leftSection={<IconRefresh size={15} />} loading={probe.isPending} onClick={() => probe.mutate()}>
            Try it now
          </Button>
        </div>
      </Notice>
      {probe.error && <Problem error={probe.error} what="It could not be told to try" />}
    </>
  );
}

function Disabled({ tenant, id }: { tenant: string; id: string }) {
  const queryClient = useQueryClient();
  const enable = useMutation({
    mutationFn: () => request(paths.endpoint(tenant, id), { method: "PATCH", body: { enabled: true } }),
    onSettled: () => Promise.all(["endpoint", "endpoints", "deliveries"].map((name) => queryClient.invalidateQueries({ queryKey: [name, tenant] }))),
  });
  return (
    <>
      <Notice tone="info">
        <Text size="sm">The endpoint is disabled: what waited is held, and new events make no deliveries for it. What it missed can be recovered once it is enabled.</Text>
        <Button mt={10} size="xs" variant="default" leftSection={<IconPlayerPlay size={15} />} loading={enable.isPending} onClick={() => enable.mutate()}>
          Enable
        </Button>
      </Notice>
      {enable.error && <Problem error={enable.error} what="It could not be enabled" />}
    </>
  );
}
