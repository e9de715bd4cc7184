import { Button, Group, Modal, Stack, Text, VisuallyHidden } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "../api/client.ts";
import type { FormerSecret } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { Problem } from "./problem.tsx";
import { Time } from "./time.tsx";

interface FormerSecretsProps {
  /** The path of what has the secrets. */
  path: string;
  former: FormerSecret[];
  /** Cache keys of the reads that show them. */
  shownBy: string[][];
}

/** Secrets that were replaced and are valid still: until when, whether they are in use, and a way to end each now. */
export function FormerSecrets({ path, former, shownBy }: FormerSecretsProps) {
  const [asked, setAsked] = useState<FormerSecret | null>(null);
  const queryClient = useQueryClient();
  const retire = useMutation({
    mutationFn: (secret: FormerSecret) => request(`${path}/secrets/${encodeURIComponent(secret.id)}/retire`, { method: "POST", body: {} }),
    onSuccess: () => {
      setAsked(null);
      announce("The former secret is retired");
    },
    onSettled: () => Promise.all(shownBy.map((queryKey) => queryClient.invalidateQueries({ queryKey }))),
  });
  return (
    <Stack gap={8}>
      {former.map((secret) => (
        <Group key={secret.id} justify="space-between" align="flex-start" wrap="nowrap" gap={10}>
          <div>
            Valid until <Time at={secret.validUntil} inline />
            {secret.uses !== null && (
              <Text size="xs" c="dimmed">
                {secret.lastUsedAt === null ? (
                  "Not used since it was replaced"
                ) : (
                  <>
                    Used {secret.uses === 1 ? "once" : `${secret.uses} times`}, last <Time at={secret.lastUsedAt} inline />
                  </>
                )}
              </Text>
            )}
          </div>
          <Button size="compact-xs" variant="default" onClick={() => setAsked(secret)}>
            Retire now <VisuallyHidden>(replaced at {secret.replacedAt})</VisuallyHidden>
          </Button>
        </Group>
      ))}
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title="Retire the former secret?" closeButtonProps={{ "aria-label": "Close" }} centered styles={{ title: { fontWeight: 650 } }}>
        <Stack>
          <Text size="sm">It ends within a second and cannot be brought back: whoever still uses it is refused.</Text>
          {retire.error && <Problem error={retire.error} what="It was not retired" />}
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={() => setAsked(null)} data-autofocus>
              Keep it
            </Button>
            <Button color="red.9" loading={retire.isPending} onClick={() => asked && retire.mutate(asked)}>
              Retire
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
