import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { isTerminal, type VerificationStatus } from "../../../src/domain/verification.ts";
import { queryString, request } from "./client.ts";
import type {
  AuditEntry, Delivery, DeliveryStatus, EndpointStats, InboundEvent, InboundStatus, Integration, Page, Provider, RecoveryJob, Run, StatsWindow, Tenant, TimelineEntry, Verification, WebhookEndpoint,
} from "./types.ts";

/** Every read of the console, its cache key and how often it is repeated. */

export const pageSize = 25;
const whileMovingMs = 2_000;
const listMs = 5_000;

const base = (tenant: string) => `/v1/tenants/${encodeURIComponent(tenant)}`;
export const paths = {
  tenants: "/v1/tenants",
  integrations: (tenant: string) => `${base(tenant)}/integrations`,
  integration: (tenant: string, id: string) => `${base(tenant)}/integrations/${encodeURIComponent(id)}`,
  verifications: (tenant: string) => `${base(tenant)}/verifications`,
  verification: (tenant: string, id: string) => `${base(tenant)}/verifications/${encodeURIComponent(id)}`,
  run: (tenant: string, workflowId: string) => `${base(tenant)}/runs/${encodeURIComponent(workflowId)}`,
  inboundEvent: (tenant: string, id: string) => `${base(tenant)}/inbound-events/${encodeURIComponent(id)}`,
  delivery: (tenant: string, id: string) => `${base(tenant)}/deliveries/${encodeURIComponent(id)}`,
  endpoint: (tenant: string, id: string) => `${base(tenant)}/webhook-endpoints/${encodeURIComponent(id)}`,
  recoveryJob: (tenant: string, id: string) => `${base(tenant)}/recovery-jobs/${encodeURIComponent(id)}`,
  auditVerdict: (tenant: string) => `${base(tenant)}/audit-log/verify`,
};

export const tenantsQuery = () =>
  queryOptions({
    queryKey: ["tenants"],
    queryFn: ({ signal }) => request<Page<Tenant>>(`${paths.tenants}?limit=250`, { signal }),
    staleTime: 60_000,
  });

export const providersQuery = () =>
  queryOptions({
    queryKey: ["providers"],
    queryFn: ({ signal }) => request<{ data: Provider[] }>("/v1/providers", { signal }).then((answer) => answer.data),
    staleTime: 10 * 60_000,
  });

export const integrationsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["integrations", tenant],
    queryFn: ({ signal }) => request<Page<Integration>>(`${paths.integrations(tenant)}?limit=250`, { signal }).then((page) => page.data),
    refetchInterval: 15_000,
  });

export const verificationsQuery = (tenant: string, filter: { status?: VerificationStatus; cursor?: string }) =>
  queryOptions({
    queryKey: ["verifications", tenant, filter],
    queryFn: ({ signal }) => request<Page<Verification>>(`${paths.verifications(tenant)}${queryString({ limit: pageSize, ...filter })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  });

export const verificationQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["verification", tenant, id],
    queryFn: ({ signal }) => request<Verification>(paths.verification(tenant, id), { signal }),
    refetchInterval: (query) => (query.state.data && !isTerminal(query.state.data.status) ? whileMovingMs : false),
  });

/** `moving` keeps it fresh while the verification may still change. */
export const timelineQuery = (tenant: string, id: string, moving: boolean) =>
  queryOptions({
    queryKey: ["timeline", tenant, id],
    queryFn: ({ signal }) => request<{ data: TimelineEntry[] }>(`${paths.verification(tenant, id)}/timeline`, { signal }).then((a) => oldestFirst(a.data)),
    refetchInterval: moving ? whileMovingMs : false,
  });

export const runQuery = (tenant: string, workflowId: string, moving: boolean) =>
  queryOptions({
    queryKey: ["run", tenant, workflowId],
    queryFn: ({ signal }) => request<Run>(paths.run(tenant, workflowId), { signal }),
    refetchInterval: moving ? whileMovingMs : false,
  });

export const inboundEventsQuery = (tenant: string, filter: { status?: InboundStatus; integrationId?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["inbound-events", tenant, filter],
    queryFn: ({ signal }) => request<Page<InboundEvent>>(`${base(tenant)}/inbound-events${queryString({ limit: pageSize, ...filter })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  });

export const inboundEventQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["inbound-event", tenant, id],
    queryFn: ({ signal }) => request<InboundEvent>(paths.inboundEvent(tenant, id), { signal }),
    refetchInterval: listMs,
  });

export const deliveriesQuery = (tenant: string, filter: { status?: DeliveryStatus; cursor?: string; endpointId?: string }) =>
  queryOptions({
    queryKey: ["deliveries", tenant, filter],
    queryFn: ({ signal }) => request<Page<Delivery>>(`${base(tenant)}/deliveries${queryString({ limit: pageSize, ...filter })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  });

export const deliveryQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["delivery", tenant, id],
    queryFn: ({ signal }) => request<Delivery>(paths.delivery(tenant, id), { signal }),
    refetchInterval: listMs,
  });

export const endpointsQuery = (tenant: string) =>
  queryOptions({
    queryKey: ["endpoints", tenant],
    queryFn: ({ signal }) => request<Page<WebhookEndpoint>>(`${base(tenant)}/webhook-endpoints?limit=250`, { signal }).then((page) => page.data),
    staleTime: 60_000,
  });

export const endpointPageQuery = (tenant: string, cursor: string | undefined) =>
  queryOptions({
    queryKey: ["endpoints", tenant, "page", cursor],
    queryFn: ({ signal }) => request<Page<WebhookEndpoint>>(`${base(tenant)}/webhook-endpoints${queryString({ limit: pageSize, cursor })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  });

export const endpointQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["endpoint", tenant, id],
    queryFn: ({ signal }) => request<WebhookEndpoint>(paths.endpoint(tenant, id), { signal }),
    refetchInterval: listMs,
  });

export const endpointStatsQuery = (tenant: string, id: string, window: StatsWindow) =>
  queryOptions({
    queryKey: ["endpoint-stats", tenant, id, window],
    queryFn: ({ signal }) => request<EndpointStats>(`${paths.endpoint(tenant, id)}/stats${queryString({ window })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  });

export const auditLogQuery = (tenant: string, filter: { action?: string; subjectId?: string; cursor?: string }) =>
  queryOptions({
    queryKey: ["audit-log", tenant, filter],
    queryFn: ({ signal }) => request<Page<AuditEntry>>(`${base(tenant)}/audit-log${queryString({ limit: pageSize, ...filter })}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: listMs,
  });

export const recoveryJobQuery = (tenant: string, id: string) =>
  queryOptions({
    queryKey: ["recovery-job", tenant, id],
    queryFn: ({ signal }) => request<RecoveryJob>(paths.recoveryJob(tenant, id), { signal }),
    refetchInterval: (query) => (query.state.data && query.state.data.status !== "running" ? false : whileMovingMs),
  });

/** The story is read from the top. Sorting is stable, so entries of one instant keep the order of the API. */
function oldestFirst(entries: TimelineEntry[]): TimelineEntry[] {
  const first = entries[0];
  const last = entries.at(-1);
  const ascending = first && last && first.at > last.at ? entries.toReversed() : entries;
  return ascending.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}
