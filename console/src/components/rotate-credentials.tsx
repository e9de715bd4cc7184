import { Button, Group, PasswordInput, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiProblem, request } from "../api/client.ts";
import { integrationsQuery, paths } from "../api/queries.ts";
import type { Integration } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { defaultOverlap, overlaps } from "../lib/overlaps.ts";
import { useSubmissionKey } from "../lib/submission-key.ts";
import { humanise } from "../lib/words.ts";
import { Problem } from "./problem.tsx";

interface Rotation {
  credentials: Record<string, string>;
  overlapSeconds: number;
}

/** New credentials; a field that is left empty stays as it is. What was typed is gone once the form closes. */
export function RotateCredentials({ tenant, integration, onClose }: { tenant: string; integration: Integration; onClose: () => void }) {
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [overlap, setOverlap] = useState(defaultOverlap);
  const submissionKey = useSubmissionKey();
  const queryClient = useQueryClient();
  const rotate = useMutation({
    mutationFn: (body: Rotation) => request(`${paths.integration(tenant, integration.id)}/rotate`, { method: "POST", body, idempotencyKey: submissionKey.for(body) }),
    onSettled: (_, problem) => {
      submissionKey.settle(problem);
      return queryClient.invalidateQueries({ queryKey: integrationsQuery(tenant).queryKey });
    },
    onSuccess: () => {
      announce("The new credentials are in use");
      onClose();
    },
  });
  const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== ""));
  const faultAt = (field: string) => (rotate.error instanceof ApiProblem ? rotate.error.at(`/credentials/${field}`) : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rotate.mutate({ credentials: given, overlapSeconds: Number(overlap) });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">Fill in what changes; what stays empty is kept. The new credentials are used at once.</Text>
        {Object.keys(integration.credentials).map((field) => (
          <PasswordInput
            key={field}
            label={humanise(field)}
            autoComplete="off"
            value={typed[field] ?? ""}
            error={faultAt(field)}
            visibilityToggleButtonProps={{ "aria-label": `Show ${humanise(field)}` }}
            onChange={(event) => setTyped({ ...typed, [field]: event.currentTarget.value })}
          />
        ))}
        <Select label="The old ones still verify webhooks" data={overlaps} allowDeselect={false} value={overlap} onChange={(value) => setOverlap(value ?? defaultOverlap)} />
        {rotate.error && <Problem error={rotate.error} what="The credentials were not rotated" />}
        <Group justify="flex-end" gap={8}>
          <Button variant="default" onClick={onClose}>
            Keep the old ones
          </Button>
          <Button type="submit" loading={rotate.isPending} disabled={Object.keys(given).length === 0}>
            Rotate
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
