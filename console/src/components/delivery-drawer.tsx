import { Button, Group, Stack, Text } from "@mantine/core";
import { IconCircleCheck, IconCircleX, IconRefresh } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { deliveryQuery, paths } from "../api/queries.ts";
import type { Delivery, DeliveryAttempt } from "../api/types.ts";
import { attemptErrorSentence } from "../lib/words.ts";
import { CopyText } from "./copy-button.tsx";
import { DetailDrawer } from "./detail-drawer.tsx";
import { FactCard } from "./fact-card.tsx";
import { Problem } from "./problem.tsx";
import { LoadingRows } from "./states.tsx";
import { StatusBadge, ToneBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

interface DeliveryDrawerProps {
  tenant: string;
  id: string | undefined;
  urls: Map<string, string>;
  onClose: () => void;
}

export function DeliveryDrawer({ tenant, id, urls, onClose }: DeliveryDrawerProps) {
  return (
    <DetailDrawer title="Delivery" opened={id !== undefined} onClose={onClose}>
      {id !== undefined && <Contents tenant={tenant} id={id} urls={urls} />}
    </DetailDrawer>
  );
}

const retriable: ReadonlySet<string> = new Set(["failed", "expired", "cancelled", "held", "retrying"]);

function Contents({ tenant, id, urls }: { tenant: string; id: string; urls: Map<string, string> }) {
  const queryClient = useQueryClient();
  const delivery = useQuery(deliveryQuery(tenant, id));
  const retry = useMutation({
    mutationFn: () => request(`${paths.delivery(tenant, id)}/retry`, { method: "POST", body: {} }),
    onSettled: () =>
      Promise.all(["delivery", "deliveries", "endpoint-stats"].map((name) => queryClient.invalidateQueries({ queryKey: [name, tenant] }))),
  });
  if (delivery.error && !delivery.data) return <Problem error={delivery.error} what="The delivery could not be loaded" />;
  if (!delivery.data) return <LoadingRows what="the delivery" rows={3} height={70} />;
  const { data } = delivery;
  return (
    <Stack gap={16}>
      <FactCard title={data.eventType ?? "Message"} facts={factsOf(data, urls)} />
      {retriable.has(data.status) && (
        <Button variant="default" leftSection={<IconRefresh size={16} />} loading={retry.isPending} onClick={() => retry.mutate()}>
          Send again now
        </Button>
      )}
      {retry.error && <Problem error={retry.error} what="It was not sent again" />}
      <h2 className="ws-heading">Attempts</h2>
      {attemptsOf(data).length === 0 && <Text size="sm">Nothing has been sent yet.</Text>}
      {attemptsOf(data).map((attempt, index) => (
        <Attempt key={attempt.at} attempt={attempt} number={attempt.number ?? index + 1} />
      ))}
    </Stack>
  );
}

const attemptsOf = (delivery: Delivery) => (typeof delivery.attempts === "number" ? [] : delivery.attempts);

function factsOf(delivery: Delivery, urls: Map<string, string>): Parameters<typeof FactCard>[0]["facts"] {
  return [
    ["Status", <StatusBadge key="status" kind="delivery" value={delivery.status} />],
    ["Endpoint", urls.get(delivery.endpointId) ?? delivery.endpointId],
    ["Event", <CopyText key="event" value={delivery.eventId} label="Copy the event id" />],
    ["Next try", delivery.nextAttemptAt && <Time key="next" at={delivery.nextAttemptAt} inline />],
    ["Created", <Time key="created" at={delivery.createdAt} inline />],
  ];
}

/** What the receiver answered is shown as text, never as a page. */
function Attempt({ attempt, number }: { attempt: DeliveryAttempt; number: number }) {
  const ok = !attempt.error && attempt.statusCode !== null && attempt.statusCode >= 200 && attempt.statusCode < 300;
  const word = attempt.statusCode === null ? "No answer" : `Answered ${attempt.statusCode}`;
  return (
    <article className="ws-card" style={{ padding: "12px 14px" }} aria-label={`Attempt ${number}`}>
      <Group justify="space-between">
        <Group gap={8}>
          <Text fw={600} size="sm">
            Attempt {number}
          </Text>
          <ToneBadge plain word={word} tone={ok ? "positive" : "negative"} icon={ok ? IconCircleCheck : IconCircleX} />
        </Group>
        {attempt.latencyMs !== null && (
          <Text size="xs" c="dimmed">
            {attempt.latencyMs < 1_000 ? `${attempt.latencyMs} ms` : `${(attempt.latencyMs / 1_000).toFixed(1)} s`}
          </Text>
        )}
      </Group>
      <Text size="xs" c="dimmed" mt={2}>
        <Time at={attempt.at} inline />
      </Text>
      {attempt.error && <Text size="sm" mt={6}>{attemptErrorSentence(attempt.error, attempt.statusCode)}</Text>}
      {attempt.responseBody && (
        <pre className="ws-mono" tabIndex={0} style={{ margin: "8px 0 0", maxHeight: 200, overflow: "auto", whiteSpace: "pre-wrap" }}>
          {attempt.responseBody}
        </pre>
      )}
    </article>
  );
}
