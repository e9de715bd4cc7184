import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "../api/client.ts";
import { paths } from "../api/queries.ts";
import { defaultOverlap, overlaps } from "../lib/overlaps.ts";
import { useSubmissionKey } from "../lib/submission-key.ts";
import { CopyText } from "./copy-button.tsx";
import { Problem } from "./problem.tsx";
import { Time } from "./time.tsx";

interface Rotated {
  secret: string;
  previousSecretUntil: string | null;
}

/** A new secret, shown here once. Until the overlap ends, deliveries are signed with both. */
export function RotateSecret({ tenant, id, onClose }: { tenant: string; id: string; onClose: () => void }) {
  const [overlap, setOverlap] = useState(defaultOverlap);
  const submissionKey = useSubmissionKey();
  const queryClient = useQueryClient();
  const rotate = useMutation({
    mutationFn: (body: { overlapSeconds: number }) => request<Rotated>(`${paths.endpoint(tenant, id)}/secret/rotate`, { method: "POST", body, idempotencyKey: submissionKey.for(body) }),
    onSettled: (_, problem) => {
      submissionKey.settle(problem);
      return queryClient.invalidateQueries({ queryKey: ["endpoint", tenant, id] });
    },
  });
  if (rotate.data) {
    return (
      <Stack>
        <Text size="sm">Give the new secret to the receiver now:</Text>
        <CopyText value={rotate.data.secret} label="Copy the new secret" />
        <Text size="sm">
          {rotate.data.previousSecretUntil ? (
            <>
              The old one signs beside it until <Time at={rotate.data.previousSecretUntil} inline />.
            </>
          ) : (
            "The old one no longer signs, nor does any before it."
          )}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
      </Stack>
    );
  }
  return (
    <Stack>
      <Text size="sm">The endpoint gets a new secret. For as long as the old one still signs as well, a receiver may check with either.</Text>
      <Select label="The old secret still signs" data={overlaps} allowDeselect={false} value={overlap} onChange={(value) => setOverlap(value ?? defaultOverlap)} />
      {rotate.error && <Problem error={rotate.error} what="The secret was not rotated" />}
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep the old one
        </Button>
        <Button loading={rotate.isPending} onClick={() => rotate.mutate({ overlapSeconds: Number(overlap) })}>
          Rotate
        </Button>
      </Group>
    </Stack>
  );
}
