import { Button, Group, Progress, Radio, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { request } from "../api/client.ts";
import { paths, recoveryJobQuery } from "../api/queries.ts";
import type { RecoveryJob } from "../api/types.ts";
import { useSubmissionKey } from "../lib/submission-key.ts";
import { Problem } from "./problem.tsx";

const periods = [
  { value: "1", label: "Last hour" }, { value: "24", label: "Last 24 hours" }, { value: "168", label: "Last 7 days" }, { value: "720", label: "Last 30 days" },
];

interface Wanted {
  mode: "failed" | "missing";
  since: string;
}

/** What failed, or what the endpoint never had: counted first, sent when a person has seen the count. */
export function RecoverEndpoint({ tenant, id, onClose }: { tenant: string; id: string; onClose: () => void }) {
  const [mode, setMode] = useState<Wanted["mode"]>("failed");
  const [hours, setHours] = useState("24");
  const submissionKey = useSubmissionKey();
  const path = `${paths.endpoint(tenant, id)}/recover`;
  const count = useMutation({
    mutationFn: (wanted: Wanted) => request<{ matched: number }>(path, { method: "POST", body: { ...wanted, dryRun: true } }),
  });
  const start = useMutation({
    mutationFn: (wanted: Wanted) => request<RecoveryJob>(path, { method: "POST", body: wanted, idempotencyKey: submissionKey.for(wanted) }),
    onSettled: (_, problem) => submissionKey.settle(problem),
  });
  // What was counted is what will be sent: another choice is counted anew.
  const choose = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    count.reset();
  };
  if (start.data) return <JobProgress tenant={tenant} id={start.data.id} onClose={onClose} />;
  const counted = count.data && count.variables ? { ...count.data, wanted: count.variables } : null;
  return (
    <Stack>
      <Radio.Group label="What to send" value={mode} onChange={(value) => choose(setMode)(value as Wanted["mode"])}>
        <Stack gap={8} mt={6}>
          <Radio value="failed" label="Again what failed" />
          <Radio value="missing" label="What it wants and never had" />
        </Stack>
      </Radio.Group>
      <Select label="Of when" data={periods} allowDeselect={false} value={hours} onChange={(value) => choose(setHours)(value ?? "24")} />
      {(count.error ?? start.error) && <Problem error={count.error ?? start.error} what="The recovery was not started" />}
      <Text size="sm" role="status">
        {counted && (counted.matched === 0 ? "Nothing to send in this period." : `${counted.matched} ${counted.matched === 1 ? "delivery" : "deliveries"} to send.`)}
      </Text>
      <Group justify="flex-end" gap={8}>
        <Button variant="default" loading={count.isPending} onClick={() => count.mutate({ mode, since: new Date(Date.now() - Number(hours) * 3_600_000).toISOString() })}>
          Count
        </Button>
        <Button disabled={counted === null || counted.matched === 0} loading={start.isPending} onClick={() => counted && start.mutate(counted.wanted)}>
          {counted && counted.matched > 0 ? `Send ${counted.matched}` : "Send"}
        </Button>
      </Group>
    </Stack>
  );
}

function JobProgress({ tenant, id, onClose }: { tenant: string; id: string; onClose: () => void }) {
  const queryClient = useQueryClient();
  const job = useQuery(recoveryJobQuery(tenant, id));
  const cancel = useMutation({
    mutationFn: () => request(`${paths.recoveryJob(tenant, id)}/cancel`, { method: "POST", body: {} }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["recovery-job", tenant, id] }),
  });
  const { status = "running", done = 0, matched = 0 } = job.data ?? {};
  // The page behind shows what the job has changed.
  useEffect(() => void Promise.all(["deliveries", "endpoint-stats"].map((name) => queryClient.invalidateQueries({ queryKey: [name, tenant] }))), [done, status, queryClient, tenant]);
  const words = { running: "Being made due, so that new deliveries go first", done: "All are on their way", cancelled: "Stopped; what was made due before is still sent" };
  return (
    <Stack>
      <Text size="sm" role="status">
        {words[status]}: {done} of {matched}.
      </Text>
      <Progress value={matched === 0 ? 100 : Math.min(100, (done / matched) * 100)} aria-label="Progress" />
      {(job.error ?? cancel.error) && <Problem error={job.error ?? cancel.error} />}
      <Group justify="flex-end" gap={8}>
        {status === "running" && (
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Stop
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </Stack>
  );
}
