import { Button, Stack, Text } from "@mantine/core";
import { IconEye, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { inboundEventQuery, paths } from "../api/queries.ts";
import type { InboundBody, InboundEvent } from "../api/types.ts";
import { inboundReasonSentence } from "../lib/words.ts";
import { CopyText } from "./copy-button.tsx";
import { DetailDrawer } from "./detail-drawer.tsx";
import { FactCard } from "./fact-card.tsx";
import { Notice } from "./notice.tsx";
import { Problem } from "./problem.tsx";
import { LoadingRows } from "./states.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

export function InboundDrawer({ tenant, id, onClose }: { tenant: string; id: string | undefined; onClose: () => void }) {
  return (
    <DetailDrawer title="Inbound event" opened={id !== undefined} onClose={onClose}>
      {id !== undefined && <Contents key={id} tenant={tenant} id={id} />}
    </DetailDrawer>
  );
}

const replayable: ReadonlySet<string> = new Set(["parked", "processed"]);

function Contents({ tenant, id }: { tenant: string; id: string }) {
  const queryClient = useQueryClient();
  const event = useQuery(inboundEventQuery(tenant, id));
  const replay = useMutation({
    mutationFn: () => request(`${paths.inboundEvent(tenant, id)}/replay`, { method: "POST", body: {} }),
    onSettled: () => Promise.all(["inbound-event", "inbound-events"].map((name) => queryClient.invalidateQueries({ queryKey: [name, tenant] }))),
  });
  if (event.error && !event.data) return <Problem error={event.error} what="The event could not be loaded" />;
  if (!event.data) return <LoadingRows what="the event" rows={3} height={70} />;
  const { data } = event;
  return (
    <Stack gap={16}>
      <FactCard title={data.type ?? "Refused webhook"} facts={factsOf(data)} />
      {data.conflicts > 0 && (
        <Notice tone="caution">
          <Text size="sm">
            {data.conflicts === 1 ? "One repetition" : `${data.conflicts} repetitions`} said something else under the same id, with a right signature. The first one counts.
          </Text>
        </Notice>
      )}
      {replayable.has(data.status) && (
        <Button variant="default" leftSection={<IconRefresh size={16} />} loading={replay.isPending} onClick={() => replay.mutate()}>
          Give it to its process again
        </Button>
      )}
      {replay.error && <Problem error={replay.error} what="It was not given to its process" />}
      {data.status !== "rejected" && <Body tenant={tenant} id={id} />}
    </Stack>
  );
}

function factsOf(event: InboundEvent): Parameters<typeof FactCard>[0]["facts"] {
  return [
    ["Status", <StatusBadge key="status" kind="inbound" value={event.status} />],
    ["Why", event.reason && inboundReasonSentence(event.reason)],
    ["Provider", event.provider],
    ["Its id there", event.externalId && <CopyText key="external" value={event.externalId} label="Copy the provider’s id" />],
    ["Came from", event.sourceIp],
    ["Told to", event.workflowId && <CopyText key="run" value={event.workflowId} label="Copy the run’s id" />],
    ["Repeated", event.duplicates === 0 ? null : `${event.duplicates.toLocaleString()} times`],
    ["Received", <Time key="received" at={event.receivedAt} inline />],
  ];
}

/** Asked for by hand only: it may tell anything of a person, and each reading is in the audit log. */
function Body({ tenant, id }: { tenant: string; id: string }) {
  const read = useMutation({ mutationFn: () => request<InboundBody>(`${paths.inboundEvent(tenant, id)}/body`) });
  if (read.data) {
    return (
      <section>
        <h2 className="ws-heading">What the provider sent</h2>
        <pre className="ws-mono" tabIndex={0} style={{ margin: "8px 0 0", maxHeight: 360, overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {shown(read.data)}
        </pre>
      </section>
    );
  }
  return (
    <div>
      <Button variant="default" leftSection={<IconEye size={16} />} loading={read.isPending} onClick={() => read.mutate()}>
        Show what the provider sent
      </Button>
      <Text size="xs" c="dimmed" mt={6}>
        It may hold personal data. The audit log says who looked.
      </Text>
      {read.error && <Problem error={read.error} what="It could not be shown" />}
    </div>
  );
}

/** JSON is laid out; everything is shown as text, never as a page. */
function shown({ encoding, body }: InboundBody): string {
  if (encoding === "base64") return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
