import { Button, Group, TextInput } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import type { FormEvent } from "react";
import { auditLogQuery } from "../api/queries.ts";
import { AuditTable } from "../components/audit-table.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Pager } from "../components/pager.tsx";
import { Problem } from "../components/problem.tsx";
import { Empty, LoadingRows } from "../components/states.tsx";
import { VerifyAuditLog } from "../components/verify-audit-log.tsx";

const route = getRouteApi("/t/$tenant/audit-log");

export function AuditLogPage() {
  const { tenant } = route.useParams();
  const { action, subjectId, cursor } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useQuery(auditLogQuery(tenant, { action, subjectId, cursor }));
  const filtered = action !== undefined || subjectId !== undefined;

  const filter = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const wanted = (name: string): string | undefined => String(fields.get(name) ?? "").trim() || undefined;
    void navigate({ search: { action: wanted("action"), subjectId: wanted("subjectId") } });
  };

  return (
    <>
      <PageHeader title="Audit log" lead="Who changed what, when and from where, newest first. Each entry is chained to the one before it, so that a later change of the log is found." />
      <VerifyAuditLog tenant={tenant} />
      <form onSubmit={filter} key={`${action} ${subjectId}`}>
        <Group mb={16} align="flex-end">
          <TextInput name="action" label="Action" placeholder="webhook_endpoint.created" defaultValue={action ?? ""} w={240} />
          <TextInput name="subjectId" label="Subject’s id" placeholder="ep_…" defaultValue={subjectId ?? ""} w={260} />
          <Button type="submit" variant="default">
            Filter
          </Button>
          {filtered && (
            <Button type="button" variant="subtle" onClick={() => void navigate({ search: {} })}>
              Show all
            </Button>
          )}
        </Group>
      </form>
      {list.error && <Problem error={list.error} what="The audit log could not be loaded" onRetry={() => void list.refetch()} />}
      {list.isPending && <LoadingRows what="entries" rows={6} />}
      {!list.error && list.data?.data.length === 0 && (
        <Empty icon={IconHistory} title={filtered ? "No entry fits" : "No entry yet"}>
          {filtered ? "No change of this tenant has this action and subject." : "Every change that is made in this tenant appears here."}
        </Empty>
      )}
      {!list.error && list.data && list.data.data.length > 0 && <AuditTable rows={list.data.data} />}
      {!list.error && list.data && <Pager cursor={cursor} nextCursor={list.data.nextCursor} onGo={(next) => void navigate({ search: { action, subjectId, cursor: next } })} />}
    </>
  );
}
