import { Anchor, Group, Text } from "@mantine/core";
import { IconHistory, IconIdBadge2, IconInbox, IconLogout, IconPlugConnected, IconSend, IconWebhook } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { integrationsQuery, tenantsQuery } from "../api/queries.ts";
import type { Mode } from "../api/types.ts";
import { signOut } from "../session.ts";
import { ColorSchemeMenu } from "./color-scheme-menu.tsx";
import { RouterAnchor } from "./links.tsx";
import { Wordmark } from "./logo.tsx";
import styles from "./shell.module.css";
import { StatusBadge } from "./status-badge.tsx";

const pages = [
  { to: "/t/$tenant/integrations", label: "Integrations", icon: IconPlugConnected },
  { to: "/t/$tenant/verifications", label: "Verifications", icon: IconIdBadge2 },
  { to: "/t/$tenant/inbound", label: "Inbound", icon: IconInbox },
  { to: "/t/$tenant/endpoints", label: "Endpoints", icon: IconWebhook },
  { to: "/t/$tenant/deliveries", label: "Deliveries", icon: IconSend },
  { to: "/t/$tenant/audit-log", label: "Audit log", icon: IconHistory },
] as const;

export function NavBar({ tenant }: { tenant: string }) {
  const tenants = useQuery(tenantsQuery());
  const name = tenants.data?.data.find((one) => one.id === tenant)?.name ?? tenant;
  const mode = useTenantMode(tenant);
  const only = tenants.data?.data.length === 1 && tenants.data.nextCursor === null;
  return (
    <>
      <Link to="/t/$tenant/integrations" params={{ tenant }} className={styles["brand"]} style={{ textDecoration: "none" }} aria-label="Waystation">
        <Wordmark />
      </Link>
      <div className={styles["tenant"]}>
        <Text fw={600} size="sm" truncate title={name}>
          {name}
        </Text>
        <Group gap={8} mt={4} justify="space-between">
          {mode ? <StatusBadge kind="mode" value={mode} /> : <Text size="xs" c="dimmed">No provider yet</Text>}
          <RouterAnchor to="/tenants" size="xs">
            {only ? "Tenants" : "Switch"}
          </RouterAnchor>
        </Group>
      </div>
      <nav aria-label="Main">
        {pages.map(({ to, label, icon: Icon }) => (
          <Link key={to} to={to} params={{ tenant }} className={styles["link"]} activeOptions={{ includeSearch: false }}>
            <Icon size={18} stroke={1.8} aria-hidden="true" />
            {label}
          </Link>
        ))}
      </nav>
      <Group className={styles["foot"]} justify="space-between">
        <Anchor component="button" type="button" size="sm" onClick={() => signOut("asked")} style={{ display: "inline-flex", alignItems: "center", gap: 8, padding: "4px 8px" }}>
          <IconLogout size={17} stroke={1.8} aria-hidden="true" />
          Sign out
        </Anchor>
        <ColorSchemeMenu />
      </Group>
    </>
  );
}

/** One live integration makes the tenant live: what is started may then reach a real provider. */
function useTenantMode(tenant: string): Mode | null {
  const integrations = useQuery(integrationsQuery(tenant)).data ?? [];
  if (integrations.length === 0) return null;
  return integrations.some((one) => one.mode === "live") ? "live" : "sandbox";
}
