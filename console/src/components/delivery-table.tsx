import { Table, Text } from "@mantine/core";
import type { Delivery, DeliveryStatus } from "../api/types.ts";
import { RouterAnchor } from "./links.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

interface DeliveryTableProps {
  tenant: string;
  rows: Delivery[];
  urls: Map<string, string>;
  search: { status?: DeliveryStatus; cursor?: string };
}

export function DeliveryTable({ tenant, rows, urls, search }: DeliveryTableProps) {
  return (
    <Table.ScrollContainer minWidth={760} className="ws-card" scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Deliveries" } }}>
      <Table className="ws-table" verticalSpacing={10} horizontalSpacing={16}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Endpoint</Table.Th>
            <Table.Th>Attempts</Table.Th>
            <Table.Th>Created</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td maw={260}>
                <RouterAnchor
                  to="/t/$tenant/deliveries"
                  params={{ tenant }}
                  search={{ status: search.status, cursor: search.cursor, delivery: row.id }}
                  className="ws-row-link"
                  fw={600}
                  size="sm"
                >
                  {row.eventType ?? row.eventId}
                </RouterAnchor>
                {row.eventType && (
                  <Text size="xs" c="dimmed" className="ws-mono">
                    {row.eventId}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <StatusBadge kind="delivery" value={row.status} />
              </Table.Td>
              <Table.Td maw={240}>
                <Text size="sm" truncate title={urls.get(row.endpointId)}>
                  {urls.get(row.endpointId) ?? row.endpointId}
                </Text>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{typeof row.attempts === "number" ? row.attempts : row.attempts.length}</Text>
                <Text size="xs" c="dimmed">
                  {row.lastStatusCode === null ? "no answer" : `last ${row.lastStatusCode}`}
                </Text>
              </Table.Td>
              <Table.Td>
                <Time at={row.createdAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
