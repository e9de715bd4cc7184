import { Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Delivery } from "../api/types.ts";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

interface DeliveryTableProps {
  rows: Delivery[];
  /** Left out where all are of one endpoint. */
  urls?: Map<string, string>;
  /** The row's link to its details, which each page has at its own URL. */
  link: (row: Delivery) => ReactNode;
}

export function DeliveryTable({ rows, urls, link }: DeliveryTableProps) {
  return (
    <Table.ScrollContainer minWidth={urls ? 760 : 520} className="ws-card" scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Deliveries" } }}>
      <Table className="ws-table" verticalSpacing={10} horizontalSpacing={16}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Status</Table.Th>
            {urls && <Table.Th>Endpoint</Table.Th>}
            <Table.Th>Attempts</Table.Th>
            <Table.Th>Created</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td maw={260}>
                {link(row)}
                {row.eventType && (
                  <Text size="xs" c="dimmed" className="ws-mono">
                    {row.eventId}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <StatusBadge kind="delivery" value={row.status} />
              </Table.Td>
              {urls && (
                <Table.Td maw={240}>
                  <Text size="sm" truncate title={urls.get(row.endpointId)}>
                    {urls.get(row.endpointId) ?? row.endpointId}
                  </Text>
                </Table.Td>
              )}
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
