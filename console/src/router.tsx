import { createRootRoute, createRoute, createRouter, Outlet, redirect } from "@tanstack/react-router";
import { type VerificationStatus, verificationStatuses } from "../../src/domain/verification.ts";
import { type DeliveryStatus, deliveryStatuses, type InboundStatus, inboundStatuses, type StatsWindow, statsWindows } from "./api/types.ts";
import { LiveRegion } from "./components/live-region.tsx";
import { Shell } from "./components/shell.tsx";
import { LoadingPage } from "./components/states.tsx";
import { AuditLogPage } from "./pages/audit-log.tsx";
import { DeliveriesPage } from "./pages/deliveries.tsx";
import { EndpointPage } from "./pages/endpoint.tsx";
import { EndpointsPage } from "./pages/endpoints.tsx";
import { InboundPage } from "./pages/inbound.tsx";
import { IntegrationsPage } from "./pages/integrations.tsx";
import { NotFoundPage } from "./pages/not-found.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { TenantsPage } from "./pages/tenants.tsx";
import { VerificationPage } from "./pages/verification.tsx";
import { VerificationsPage } from "./pages/verifications.tsx";
import { currentKey } from "./session.ts";

/** Every page and what its URL carries: filters and open drawers are in the query, so that any view can be shared. */

const root = createRootRoute({
  component: () => (
    <>
      <LiveRegion />
      <Outlet />
    </>
  ),
  notFoundComponent: NotFoundPage,
});

const home = createRoute({ getParentRoute: () => root, path: "/", beforeLoad: () => redirect({ to: "/tenants", replace: true, throw: true }) });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search): { next?: string } => ({ next: text(search["next"]) }),
});

const tenants = createRoute({ getParentRoute: () => root, path: "/tenants", beforeLoad: requireKey, component: TenantsPage });

const tenant = createRoute({ getParentRoute: () => root, path: "/t/$tenant", beforeLoad: requireKey, component: Shell });

const tenantHome = createRoute({
  getParentRoute: () => tenant,
  path: "/",
  beforeLoad: ({ params }) => redirect({ to: "/t/$tenant/integrations", params, replace: true, throw: true }),
});

const integrations = createRoute({
  getParentRoute: () => tenant,
  path: "/integrations",
  component: IntegrationsPage,
  validateSearch: (search): { q?: string; category?: string } => ({ q: text(search["q"]), category: text(search["category"]) }),
});

const verifications = createRoute({
  getParentRoute: () => tenant,
  path: "/verifications",
  component: VerificationsPage,
  validateSearch: (search): { status?: VerificationStatus; cursor?: string; start?: boolean } => ({
    status: oneOf(verificationStatuses, search["status"]),
    cursor: text(search["cursor"]),
    start: search["start"] === true ? true : undefined,
  }),
});

const verification = createRoute({ getParentRoute: () => tenant, path: "/verifications/$verification", component: VerificationPage });

const deliveries = createRoute({
  getParentRoute: () => tenant,
  path: "/deliveries",
  component: DeliveriesPage,
  validateSearch: (search): { status?: DeliveryStatus; cursor?: string; delivery?: string } => ({
    status: oneOf(deliveryStatuses, search["status"]),
    cursor: text(search["cursor"]),
    delivery: text(search["delivery"]),
  }),
});

const inbound = createRoute({
  getParentRoute: () => tenant,
  path: "/inbound",
  component: InboundPage,
  validateSearch: (search): { status?: InboundStatus; integrationId?: string; cursor?: string; event?: string } => ({
    status: oneOf(inboundStatuses, search["status"]),
    integrationId: text(search["integrationId"]),
    cursor: text(search["cursor"]),
    event: text(search["event"]),
  }),
});

const endpoints = createRoute({
  getParentRoute: () => tenant,
  path: "/endpoints",
  component: EndpointsPage,
  validateSearch: (search): { cursor?: string } => ({ cursor: text(search["cursor"]) }),
});

const endpoint = createRoute({
  getParentRoute: () => tenant,
  path: "/endpoints/$endpoint",
  component: EndpointPage,
  validateSearch: (search): { window?: StatsWindow; cursor?: string; delivery?: string } => ({
    window: oneOf(statsWindows, search["window"]),
    cursor: text(search["cursor"]),
    delivery: text(search["delivery"]),
  }),
});

const auditLog = createRoute({
  getParentRoute: () => tenant,
  path: "/audit-log",
  component: AuditLogPage,
  validateSearch: (search): { action?: string; subjectId?: string; cursor?: string } => ({
    action: text(search["action"]),
    subjectId: text(search["subjectId"]),
    cursor: text(search["cursor"]),
  }),
});

export const router = createRouter({
  basepath: "/console",
  routeTree: root.addChildren([
    home, signIn, tenants, tenant.addChildren([tenantHome, integrations, verifications, verification, inbound, endpoints, endpoint, deliveries, auditLog]),
  ]),
  defaultPendingComponent: LoadingPage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

/** Without a key every page leads to the sign-in, which leads back to it. */
function requireKey({ location }: { location: { href: string } }): void {
  if (currentKey() === null) redirect({ to: "/sign-in", search: { next: location.href }, replace: true, throw: true });
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function oneOf<const T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((one) => one === value);
}
