import { Group, Select } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { inboundEventsQuery, integrationsQuery } from "../api/queries.ts";
import type { InboundStatus } from "../api/types.ts";
import { InboundDrawer } from "../components/inbound-drawer.tsx";
import { InboundTable } from "../components/inbound-table.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";
import { wordsOf } from "../components/status-badge.tsx";

const route = getRouteApi("/t/$tenant/inbound");

export function InboundPage() {
  const { tenant } = route.useParams();
  const { status, integrationId, cursor, event } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(inboundEventsQuery(tenant, { status, integrationId, cursor }));
  const integrations = useQuery(integrationsQuery(tenant)).data ?? [];
  const filtered = status !== undefined || integrationId !== undefined;
  return (
    <>
      <PageHeader title="Inbound" lead="What providers sent to this tenant’s integrations, and what became of it, newest first." />
      <Group mb={16}>
        <Select
          aria-label="Status"
          placeholder="All statuses"
          clearable
          clearButtonProps={{ "aria-label": "All statuses" }}
          data={wordsOf("inbound")}
          value={status ?? null}
          onChange={(value) => void navigate({ search: { status: (value ?? undefined) as InboundStatus | undefined, integrationId } })}
          w={200}
        />
        <Select
          aria-label="Integration"
          placeholder="All integrations"
          clearable
          clearButtonProps={{ "aria-label": "All integrations" }}
          data={integrations.map((one) => ({ value: one.id, label: `${one.provider} · …${one.id.slice(-6)}` }))}
          value={integrationId ?? null}
          onChange={(value) => void navigate({ search: { status, integrationId: value ?? undefined } })}
          w={240}
        />
      </Group>
      {list.error && !list.data && <Problem error={list.error} what="The inbound events could not be loaded" onRetry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows what="inbound events" rows={6} />}
      {list.data?.data.length === 0 && (
        <Empty icon={IconInbox} title={filtered ? "Nothing fits" : "Nothing has come yet"}>
          {filtered ? "No inbound event of this tenant fits the filters at present." : "As soon as a provider sends a webhook to one of the integrations, it appears here, also when it is refused."}
        </Empty>
      )}
      {list.data && list.data.data.length > 0 && <InboundTable tenant={tenant} rows={list.data.data} search={{ status, integrationId, cursor }} />}
      {list.data && <Pager cursor={cursor} nextCursor={list.data.nextCursor} onGo={(next) => void navigate({ search: { status, integrationId, cursor: next } })} />}
      <InboundDrawer tenant={tenant} id={event} onClose={() => void navigate({ search: { status, integrationId, cursor } })} />
    </>
  );
}
