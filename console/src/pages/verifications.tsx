import { Button, Group, Select } from "@mantine/core";
import { IconIdBadge2, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { VerificationStatus } from "../../../src/domain/verification.ts";
import { verificationsQuery } from "../api/queries.ts";
import { PageHeader } from "../components/page-header.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { StartVerification } from "../components/start-verification.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";
import { wordsOf } from "../components/status-badge.tsx";
import { VerificationTable } from "../components/verification-table.tsx";

const route = getRouteApi("/t/$tenant/verifications");

export function VerificationsPage() {
  const { tenant } = route.useParams();
  const { status, cursor, start } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(verificationsQuery(tenant, { status, cursor }));
  const filterBy = (value: string | null) => void navigate({ search: { status: (value ?? undefined) as VerificationStatus | undefined } });
  const setStart = (open: boolean) => void navigate({ search: { status, cursor, start: open || undefined }, replace: !open });
  const startButton = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setStart(true)}>
      Start verification
    </Button>
  );
  return (
    <>
      <PageHeader title="Verifications" lead="Every identity check of this tenant’s candidates, newest first." actions={startButton} />
      <Group mb={16}>
        <Select
          aria-label="Status"
          placeholder="All statuses"
          clearable
          clearButtonProps={{ "aria-label": "All statuses" }}
          data={wordsOf("verification")}
          value={status ?? null}
          onChange={filterBy}
          maxDropdownHeight={400}
          w={200}
        />
      </Group>
      {list.error && !list.data && <Problem error={list.error} what="The verifications could not be loaded" onRetry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows what="verifications" rows={6} />}
      {list.data && list.data.data.length > 0 && <VerificationTable tenant={tenant} rows={list.data.data} />}
      {list.data?.data.length === 0 && status === undefined && (
        <Empty icon={IconIdBadge2} title="No verification yet" action={startButton}>
          Start one for a candidate: the provider invites them, and each step appears here as it happens.
        </Empty>
      )}
      {list.data?.data.length === 0 && status !== undefined && (
        <Empty
          icon={IconIdBadge2}
          title="Nothing has this status"
          action={
            <Button variant="default" onClick={() => filterBy(null)}>
              Show all statuses
            </Button>
          }
        >
          No verification of this tenant is in it at present.
        </Empty>
      )}
      {list.data && <Pager cursor={cursor} nextCursor={list.data.nextCursor} onGo={(next) => void navigate({ search: { status, cursor: next } })} />}
      <StartVerification tenant={tenant} opened={start === true} onClose={() => setStart(false)} />
    </>
  );
}
