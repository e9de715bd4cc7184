import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBan, IconMailForward } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { isTerminal } from "../../../src/domain/verification.ts";
import { request } from "../api/client.ts";
import { paths, verificationQuery } from "../api/queries.ts";
import type { Verification } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { Problem } from "./problem.tsx";

const awaitingCandidate: ReadonlySet<string> = new Set(["invited", "needs_input"]);

const modalLook = { closeButtonProps: { "aria-label": "Close" }, centered: true, styles: { title: { fontWeight: 650 } } };

export function VerificationActions({ tenant, verification }: { tenant: string; verification: Verification }) {
  const [asking, confirm] = useDisclosure(false);
  const [failing, failure] = useDisclosure(false);
  const queryClient = useQueryClient();
  const act = useMutation({
    mutationFn: (verb: "cancel" | "resend") => request(`${paths.verification(tenant, verification.id)}/${verb}`, { method: "POST", body: {} }),
    onSuccess: (_, verb) => announce(verb === "resend" ? "The invitation is being sent again" : "The verification is being cancelled"),
    onError: failure.open,
    onSettled: () => {
      confirm.close();
      return queryClient.invalidateQueries({ queryKey: verificationQuery(tenant, verification.id).queryKey });
    },
  });
  if (isTerminal(verification.status) && !failing) return null;
  return (
    <>
      {awaitingCandidate.has(verification.status) && (
        <Button
          variant="default"
          leftSection={<IconMailForward size={16} />}
          loading={act.isPending && act.variables === "resend"}
          onClick={() => act.mutate("resend")}
        >
          Resend invitation
        </Button>
      )}
      {!isTerminal(verification.status) && (
        <Button variant="default" leftSection={<IconBan size={16} />} onClick={confirm.open}>
          Cancel
        </Button>
      )}
      <Modal opened={asking} onClose={confirm.close} title="Cancel this verification?" {...modalLook}>
        <Stack>
          <Text size="sm">Waystation stops waiting for the candidate and the provider, and no result follows. This cannot be undone.</Text>
          <Group justify="flex-end" gap={8}>
            <Button variant="default" onClick={confirm.close} data-autofocus>
              Keep it
            </Button>
            <Button color="red.9" loading={act.isPending} onClick={() => act.mutate("cancel")}>
              Cancel verification
            </Button>
          </Group>
        </Stack>
      </Modal>
      <Modal opened={failing} onClose={failure.close} title="Not done" {...modalLook}>
        <Problem error={act.error} />
      </Modal>
    </>
  );
}
