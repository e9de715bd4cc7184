import { IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { endpointPageQuery } from "../api/queries.ts";
import { EndpointTable } from "../components/endpoint-table.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";

const route = getRouteApi("/t/$tenant/endpoints");

export function EndpointsPage() {
  const { tenant } = route.useParams();
  const { cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(endpointPageQuery(tenant, cursor));
  return (
    <>
      <PageHeader title="Endpoints" lead="Where this tenant’s webhooks go. A degraded endpoint’s deliveries are held until it answers again." />
      {list.error && !list.data && <Problem error={list.error} what="The endpoints could not be loaded" onRetry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows what="endpoints" rows={4} />}
      {list.data && list.data.data.length > 0 && <EndpointTable tenant={tenant} rows={list.data.data} />}
      {list.data?.data.length === 0 && (
        <Empty icon={IconWebhook} title="No endpoint yet">
          Add one over the API: POST /v1/tenants/{tenant}/webhook-endpoints with its URL. Its deliveries and figures appear here.
        </Empty>
      )}
      {list.data && <Pager cursor={cursor} nextCursor={list.data.nextCursor} onGo={(next) => void navigate({ search: { cursor: next } })} />}
    </>
  );
}
