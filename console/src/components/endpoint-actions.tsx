import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHistory, IconKey, IconSend } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { paths } from "../api/queries.ts";
import type { WebhookEndpoint } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { Problem } from "./problem.tsx";
import { RecoverEndpoint } from "./recover-endpoint.tsx";
import { RotateSecret } from "./rotate-secret.tsx";

const modalLook = { closeButtonProps: { "aria-label": "Close" }, centered: true, styles: { title: { fontWeight: 650 } } };

export function EndpointActions({ tenant, endpoint }: { tenant: string; endpoint: WebhookEndpoint }) {
  const [recovering, recovery] = useDisclosure(false);
  const [rotating, rotation] = useDisclosure(false);
  const [failing, failure] = useDisclosure(false);
  const queryClient = useQueryClient();
  const test = useMutation({
    mutationFn: () => request(`${paths.endpoint(tenant, endpoint.id)}/test`, { method: "POST", body: {} }),
    onSuccess: () => announce("A test event is on its way"),
    onError: failure.open,
    onSettled: () => Promise.all(["deliveries", "endpoint-stats"].map((name) => queryClient.invalidateQueries({ queryKey: [name, tenant] }))),
  });
  const disabled = endpoint.status === "disabled";
  return (
    <>
      <Button variant="default" leftSection={<IconSend size={16} />} loading={test.isPending} disabled={disabled} onClick={() => test.mutate()}>
        Send test
      </Button>
      <Button variant="default" leftSection={<IconHistory size={16} />} disabled={disabled} onClick={recovery.open}>
        Recover
      </Button>
      <Button variant="default" leftSection={<IconKey size={16} />} onClick={rotation.open}>
        Rotate secret
      </Button>
      <Modal opened={recovering} onClose={recovery.close} title="Recover deliveries" {...modalLook}>
        <RecoverEndpoint tenant={tenant} id={endpoint.id} onClose={recovery.close} />
      </Modal>
      <Modal opened={rotating} onClose={rotation.close} title="Rotate the secret" {...modalLook}>
        <RotateSecret tenant={tenant} id={endpoint.id} onClose={rotation.close} />
      </Modal>
      <Modal opened={failing} onClose={failure.close} title="Not sent" {...modalLook}>
        <Problem error={test.error} />
      </Modal>
    </>
  );
}
