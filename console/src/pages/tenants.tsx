import { Anchor, Stack, Text, TextInput } from "@mantine/core";
import { IconBuilding, IconChevronRight, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { tenantsQuery } from "../api/queries.ts";
import { CreateTenant } from "../components/create-tenant.tsx";
import { Door } from "../components/door.tsx";
import { Problem } from "../components/problem.tsx";
import { LoadingRows } from "../components/states.tsx";
import styles from "../components/shell.module.css";
import { signOut } from "../session.ts";

const searchFrom = 7;

export function TenantsPage() {
  const tenants = useQuery(tenantsQuery());
  const [search, setSearch] = useState("");
  const all = tenants.data?.data ?? [];
  const shown = all.filter((tenant) => `${tenant.name} ${tenant.id}`.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <Door title="Choose a tenant">
      {tenants.isPending && <LoadingRows what="tenants" rows={3} height={44} />}
      {tenants.error && <Problem error={tenants.error} what="The tenants could not be loaded" onRetry={() => void tenants.refetch()} />}
      {tenants.data && all.length === 0 && (
        <Text size="sm" c="dimmed">
          There is no tenant yet. A tenant is one customer of yours: it has its own integrations, people and keys.
        </Text>
      )}
      {all.length >= searchFrom && (
        <TextInput
          aria-label="Search tenants"
          placeholder="Search by name or id"
          leftSection={<IconSearch size={16} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      {shown.length > 0 && (
        <Stack component="nav" aria-label="Tenants" gap={2} mah={320} style={{ overflowY: "auto" }}>
          {shown.map((tenant) => (
            <Link key={tenant.id} to="/t/$tenant/integrations" params={{ tenant: tenant.id }} className={styles["link"]}>
              <IconBuilding size={18} stroke={1.8} aria-hidden="true" />
              <span style={{ flex: 1, overflowWrap: "anywhere" }}>{tenant.name}</span>
              <Text span size="xs" c="dimmed" className="ws-mono">
                {tenant.id}
              </Text>
              <IconChevronRight size={16} aria-hidden="true" />
            </Link>
          ))}
        </Stack>
      )}
      {tenants.data && <CreateTenant first={all.length === 0} />}
      <Anchor component="button" type="button" size="sm" onClick={() => signOut("asked")} style={{ alignSelf: "start" }}>
        Use another key
      </Anchor>
    </Door>
  );
}
