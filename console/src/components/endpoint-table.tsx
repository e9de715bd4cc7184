import { Table, Text } from "@mantine/core";
import type { WebhookEndpoint } from "../api/types.ts";
import { RouterAnchor } from "./links.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

export function EndpointTable({ tenant, rows }: { tenant: string; rows: WebhookEndpoint[] }) {
  return (
    <Table.ScrollContainer minWidth={640} className="ws-card" scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Endpoints" } }}>
      <Table className="ws-table" verticalSpacing={10} horizontalSpacing={16}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>URL</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Events</Table.Th>
            <Table.Th>Added</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td maw={340}>
                <RouterAnchor to="/t/$tenant/endpoints/$endpoint" params={{ tenant, endpoint: row.id }} className="ws-row-link" fw={600} size="sm" style={{ overflowWrap: "anywhere" }}>
                  {row.url}
                </RouterAnchor>
                {row.description && (
                  <Text size="xs" c="dimmed">
                    {row.description}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                <StatusBadge kind="endpoint" value={row.status} />
              </Table.Td>
              <Table.Td maw={240}>
                <Text size="sm" truncate title={row.eventTypes.join(", ")}>
                  {row.eventTypes.length === 0 ? "All" : row.eventTypes.join(", ")}
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
