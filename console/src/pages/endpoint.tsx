import { Grid, Stack } from "@mantine/core";
import { IconArrowLeft, IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { deliveriesQuery, endpointQuery } from "../api/queries.ts";
import type { WebhookEndpoint } from "../api/types.ts";
import { DeliveryDrawer } from "../components/delivery-drawer.tsx";
import { DeliveryTable } from "../components/delivery-table.tsx";
import { EndpointActions } from "../components/endpoint-actions.tsx";
import { EndpointFacts } from "../components/endpoint-facts.tsx";
import { EndpointNotice } from "../components/endpoint-notice.tsx";
import { EndpointOverlap } from "../components/endpoint-overlap.tsx";
import { EndpointStatsCard } from "../components/endpoint-stats.tsx";
import { RouterAnchor } from "../components/links.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";
import { StatusBadge } from "../components/status-badge.tsx";

const route = getRouteApi("/t/$tenant/endpoints/$endpoint");

export function EndpointPage() {
  const { tenant, endpoint: id } = route.useParams();
  const endpoint = useQuery(endpointQuery(tenant, id));
  return (
    <>
      <RouterAnchor to="/t/$tenant/endpoints" params={{ tenant }} size="sm" mb={12} style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
        <IconArrowLeft size={15} aria-hidden="true" />
        Endpoints
      </RouterAnchor>
      {!endpoint.data && <PageHeader title="Endpoint" />}
      {endpoint.isPending && <LoadingRows what="the endpoint" rows={4} height={90} />}
      {endpoint.error && !endpoint.data && <Problem error={endpoint.error} what="The endpoint could not be loaded" onRetry={() => void endpoint.refetch()} />}
      {endpoint.data && <Loaded tenant={tenant} endpoint={endpoint.data} />}
    </>
  );
}

function Loaded({ tenant, endpoint }: { tenant: string; endpoint: WebhookEndpoint }) {
  const { window = "24h", cursor, delivery } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      <PageHeader
        title={URL.canParse(endpoint.url) ? new URL(endpoint.url).host : "Endpoint"}
        documentTitle={`Endpoint ${endpoint.url}`}
        {...(endpoint.description === null ? {} : { lead: endpoint.description })}
        badges={<StatusBadge kind="endpoint" value={endpoint.status} />}
        actions={<EndpointActions tenant={tenant} endpoint={endpoint} />}
      />
      <Grid gap={16}>
        <Grid.Col span={{ base: 12, md: 7.5 }}>
          <Stack gap={16}>
            <EndpointNotice tenant={tenant} endpoint={endpoint} />
            <Deliveries tenant={tenant} endpoint={endpoint} />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4.5 }}>
          <Stack gap={16}>
            <EndpointStatsCard tenant={tenant} id={endpoint.id} window={window} onWindow={(next) => void navigate({ search: { window: next, cursor, delivery }, replace: true })} />
            <EndpointFacts endpoint={endpoint} />
            <EndpointOverlap tenant={tenant} endpoint={endpoint} />
          </Stack>
        </Grid.Col>
      </Grid>
      <DeliveryDrawer tenant={tenant} id={delivery} urls={new Map([[endpoint.id, endpoint.url]])} onClose={() => void navigate({ search: { window, cursor } })} />
    </>
  );
}

function Deliveries({ tenant, endpoint }: { tenant: string; endpoint: WebhookEndpoint }) {
  const { window, cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(deliveriesQuery(tenant, { cursor, endpointId: endpoint.id }));
  return (
    <section aria-labelledby="deliveries">
      <h2 id="deliveries" className="ws-heading" style={{ marginBottom: 10 }}>
        Recent deliveries
      </h2>
      {list.error && !list.data && <Problem error={list.error} what="The deliveries could not be loaded" onRetry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows what="deliveries" rows={5} />}
      {list.data?.data.length === 0 && (
        <Empty icon={IconSend} title="No delivery yet">
          Send a test event to see whether the endpoint takes it.
        </Empty>
      )}
      {list.data && list.data.data.length > 0 && (
        <DeliveryTable
          rows={list.data.data}
          link={(row) => (
            <RouterAnchor
              to="/t/$tenant/endpoints/$endpoint"
              params={{ tenant, endpoint: endpoint.id }}
              search={{ window, cursor, delivery: row.id }}
              className="ws-row-link"
              fw={600}
              size="sm"
            >
              {row.eventType ?? row.eventId}
            </RouterAnchor>
          )}
        />
      )}
      {list.data && <Pager cursor={cursor} nextCursor={list.data.nextCursor} onGo={(next) => void navigate({ search: { window, cursor: next } })} />}
    </section>
  );
}
