import { Group, Select } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { deliveriesQuery, endpointsQuery } from "../api/queries.ts";
import type { DeliveryStatus } from "../api/types.ts";
import { DeliveryDrawer } from "../components/delivery-drawer.tsx";
import { DeliveryTable } from "../components/delivery-table.tsx";
import { RouterAnchor } from "../components/links.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";
import { wordsOf } from "../components/status-badge.tsx";

const route = getRouteApi("/t/$tenant/deliveries");

export function DeliveriesPage() {
  const { tenant } = route.useParams();
  const { status, cursor, delivery } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(deliveriesQuery(tenant, { status, cursor }));
  const endpoints = useQuery(endpointsQuery(tenant));
  const urls = new Map(endpoints.data?.map((endpoint) => [endpoint.id, endpoint.url]));
  return (
    <>
      <PageHeader title="Deliveries" lead="The webhooks that Waystation sends to this tenant’s endpoints, newest first." />
      <Group mb={16}>
        <Select
          aria-label="Status"
          placeholder="All statuses"
          clearable
          clearButtonProps={{ "aria-label": "All statuses" }}
          data={wordsOf("delivery")}
          value={status ?? null}
          onChange={(value) => void navigate({ search: { status: (value ?? undefined) as DeliveryStatus | undefined } })}
          w={200}
        />
      </Group>
      {list.error && !list.data && <Problem error={list.error} what="The deliveries could not be loaded" onRetry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows what="deliveries" rows={6} />}
      {list.data?.data.length === 0 && (
        <Empty icon={IconSend} title={status ? "Nothing has this status" : "No delivery yet"}>
          {status
            ? "No delivery of this tenant is in it at present."
            : "As soon as the tenant has a webhook endpoint and something happens, each message and its attempts appear here."}
        </Empty>
      )}
      {list.data && list.data.data.length > 0 && (
        <DeliveryTable
          rows={list.data.data}
          urls={urls}
          link={(row) => (
            <RouterAnchor to="/t/$tenant/deliveries" params={{ tenant }} search={{ status, cursor, delivery: row.id }} className="ws-row-link" fw={600} size="sm">
              {row.eventType ?? row.eventId}
            </RouterAnchor>
          )}
        />
      )}
      {list.data && <Pager cursor={cursor} nextCursor={list.data.nextCursor} onGo={(next) => void navigate({ search: { status, cursor: next } })} />}
      <DeliveryDrawer tenant={tenant} id={delivery} urls={urls} onClose={() => void navigate({ search: { status, cursor } })} />
    </>
  );
}
