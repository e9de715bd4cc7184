import { Button, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { paths } from "../api/queries.ts";
import type { Run } from "../api/types.ts";
import { Notice } from "./notice.tsx";
import { Problem } from "./problem.tsx";

/** A run that cannot go on without a person: what is in the way, and the button that lets it try again. */
export function RunProblem({ tenant, run, problem }: { tenant: string; run: Run; problem: string }) {
  const queryClient = useQueryClient();
  const retry = useMutation({
    mutationFn: () => request(`${paths.run(tenant, run.workflowId)}/retry-now`, { method: "POST", body: {} }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ["run", tenant, run.workflowId] }),
  });
  return (
    <>
      <Notice tone="caution">
        <Text size="sm" fw={600}>
          It cannot go on until someone acts
        </Text>
        <Text size="sm">{problem}</Text>
        <Button mt={10} size="xs" variant="default" leftSection={<IconRefresh size={15} />} loading={retry.isPending} onClick={() => retry.mutate()}>
          Try again now
        </Button>
      </Notice>
      {retry.error && <Problem error={retry.error} what="It could not be told to try again" />}
    </>
  );
}
