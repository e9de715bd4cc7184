import { Table, Text } from "@mantine/core";
import type { Verification } from "../api/types.ts";
import { candidateName } from "../lib/candidate.ts";
import { checkWords, humanise } from "../lib/words.ts";
import { RouterAnchor } from "./links.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

export function VerificationTable({ tenant, rows }: { tenant: string; rows: Verification[] }) {
  return (
    <Table.ScrollContainer minWidth={760} className="ws-card" scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Verifications" } }}>
      <Table className="ws-table" verticalSpacing={10} horizontalSpacing={16}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Candidate</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Result</Table.Th>
            <Table.Th>Provider</Table.Th>
            <Table.Th>Started</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td>
                <RouterAnchor
                  to="/t/$tenant/verifications/$verification"
                  params={{ tenant, verification: row.id }}
                  className="ws-row-link"
                  fw={600}
                  size="sm"
                >
                  {candidateName(row.candidate)}
                </RouterAnchor>
                <Text size="xs" c="dimmed">
                  {row.candidate.email ?? row.id}
                </Text>
              </Table.Td>
              <Table.Td>
                <StatusBadge kind="verification" value={row.status} />
              </Table.Td>
              <Table.Td>
                {row.result ? <StatusBadge kind="result" value={row.result} plain /> : <Text span size="sm" c="dimmed">None yet</Text>}
              </Table.Td>
              <Table.Td>
                <Text size="sm">{humanise(row.provider)}</Text>
                <Text size="xs" c="dimmed">
                  {row.checks?.map((check) => checkWords[check]).join(", ")}
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
