import { Table, Text } from "@mantine/core";
import type { InboundEvent, InboundStatus } from "../api/types.ts";
import { inboundReasonSentence } from "../lib/words.ts";
import { RouterAnchor } from "./links.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

interface InboundTableProps {
  tenant: string;
  rows: InboundEvent[];
  search: { status?: InboundStatus | undefined; integrationId?: string | undefined; cursor?: string | undefined };
}

export function InboundTable({ tenant, rows, search }: InboundTableProps) {
  return (
    <Table.ScrollContainer minWidth={720} className="ws-card" scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Inbound events" } }}>
      <Table className="ws-table" verticalSpacing={10} horizontalSpacing={16}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Provider</Table.Th>
            <Table.Th>Repeated</Table.Th>
            <Table.Th>Received</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td maw={280}>
                <RouterAnchor to="/t/$tenant/inbound" params={{ tenant }} search={{ ...search, event: row.id }} className="ws-row-link" fw={600} size="sm">
                  {row.type ?? "Refused webhook"}
                </RouterAnchor>
                {row.externalId && (
                  <Text size="xs" c="dimmed" className="ws-mono" truncate title={row.externalId}>
                    {row.externalId}
                  </Text>
                )}
              </Table.Td>
              <Table.Td maw={280}>
                <StatusBadge kind="inbound" value={row.status} />
                {row.reason && (
                  <Text size="xs" c="dimmed" mt={2}>
                    {inboundReasonSentence(row.reason)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <Text size="sm">{row.provider}</Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{row.duplicates === 0 ? "no" : `${row.duplicates.toLocaleString()} times`}</Text>
              </Table.Td>
              <Table.Td>
                <Time at={row.receivedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
