import { Button, Group, NumberInput, Radio, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiProblem, request } from "../api/client.ts";
import { integrationsQuery, paths } from "../api/queries.ts";
import type { Integration, Provider } from "../api/types.ts";
import { announce } from "../lib/announce.ts";
import { ExternalLink } from "./links.tsx";
import { Problem } from "./problem.tsx";

interface WebhookSourcesProps {
  tenant: string;
  provider: Provider;
  integration: Integration;
  onClose: () => void;
}

interface Wanted {
  allowedIps: string[] | null;
  webhookRateLimit: number | null;
}

/** From which addresses an integration takes webhooks, and how many. An empty list lets nobody in, which "any" does not mean. */
export function WebhookSources({ tenant, provider, integration, onClose }: WebhookSourcesProps) {
  const [limited, setLimited] = useState(integration.allowedIps !== null);
  const [list, setList] = useState((integration.allowedIps ?? []).join("\n"));
  const [rate, setRate] = useState<number | string>(integration.webhookRateLimit ?? "");
  const queryClient = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Wanted) => request<Integration>(paths.integration(tenant, integration.id), { method: "PATCH", body }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: integrationsQuery(tenant).queryKey });
      announce(`Who may send webhooks of ${provider.name} is saved`);
      onClose();
    },
  });
  const addresses = list.split(/[\s,]+/).filter(Boolean);
  const wrong = wrongAddresses(save.error, save.variables);
  const sources = provider.webhook?.sources ?? null;
  return (
    <Stack>
      <Radio.Group label="Take webhooks from" value={limited ? "list" : "any"} onChange={(value) => setLimited(value === "list")}>
        <Stack gap={8} mt={6}>
          <Radio value="any" label="Any address" />
          <Radio value="list" label="These addresses only" />
        </Stack>
      </Radio.Group>
      {limited && (
        <Textarea
          label="Addresses"
          description={addresses.length === 0 ? "Nobody may send while the list is empty." : "IP addresses or CIDRs, one a line"}
          autosize
          minRows={3}
          maxRows={10}
          value={list}
          onChange={(event) => setList(event.currentTarget.value)}
          error={wrong.length > 0 && `Not an address or a CIDR: ${wrong.join(", ")}`}
        />
      )}
      {limited && sources && (
        <Group gap={10}>
          <Button size="xs" variant="light" onClick={() => setList([...new Set([...addresses, ...sources.cidrs])].join("\n"))}>
            Add {provider.name}’s {sources.cidrs.length} addresses
          </Button>
          <Text size="xs" c="dimmed">
            as published on {sources.checkedAt}; <ExternalLink href={sources.source}>the present list</ExternalLink>
          </Text>
        </Group>
      )}
      <NumberInput
        label="Webhooks a second"
        description="More are refused for a moment, and the provider sends them again. Empty is the platform’s own limit."
        min={1}
        max={100_000}
        allowDecimal={false}
        value={rate}
        onChange={setRate}
        error={save.error instanceof ApiProblem ? save.error.at("/webhookRateLimit") : null}
      />
      {save.error && wrong.length === 0 && <Problem error={save.error} what="Nothing was changed" />}
      <Group justify="flex-end" gap={8}>
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={save.isPending} onClick={() => save.mutate({ allowedIps: limited ? addresses : null, webhookRateLimit: rate === "" ? null : Number(rate) })}>
          Save
        </Button>
      </Group>
    </Stack>
  );
}

/** Which of the addresses that were sent the API did not take. */
function wrongAddresses(error: Error | null, sent: Wanted | undefined): string[] {
  if (!(error instanceof ApiProblem)) return [];
  return error.errors.flatMap(({ path }) => {
    const index = /^\/allowedIps\/(\d+)$/.exec(path)?.[1];
    return index === undefined ? [] : [sent?.allowedIps?.[Number(index)] ?? path];
  });
}
