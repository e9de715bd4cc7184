import { Code, Table, Text } from "@mantine/core";
import type { AuditEntry } from "../api/types.ts";
import { Time } from "./time.tsx";

export function AuditTable({ rows }: { rows: AuditEntry[] }) {
  return (
    <Table.ScrollContainer minWidth={760} className="ws-card" scrollAreaProps={{ viewportProps: { tabIndex: 0, "aria-label": "Audit log" } }}>
      <Table className="ws-table" verticalSpacing={10} horizontalSpacing={16}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Action</Table.Th>
            <Table.Th>Subject</Table.Th>
            <Table.Th>By</Table.Th>
            <Table.Th>When</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={row.id}>
              <Table.Td maw={320}>
                <Text size="sm" fw={600}>
                  {row.action}
                </Text>
                <Change row={row} />
              </Table.Td>
              <Table.Td maw={240}>
                <Text size="sm">{row.subjectType}</Text>
                <Mono text={row.subjectId} />
              </Table.Td>
              <Table.Td maw={240}>
                <Text size="sm">{row.actor.type === "api_key" ? "API key" : row.actor.type}</Text>
                {row.actor.id && <Mono text={row.actor.id} />}
                {row.sourceIp && <Mono text={`from ${row.sourceIp}`} />}
              </Table.Td>
              <Table.Td>
                <Time at={row.at} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Mono({ text }: { text: string }) {
  return (
    <Text size="xs" c="dimmed" className="ws-mono" style={{ overflowWrap: "anywhere" }}>
      {text}
    </Text>
  );
}

/** What stood before and after, as the entry holds it: data of others, shown as text. */
function Change({ row }: { row: AuditEntry }) {
  const parts = [["Before", row.before], ["After", row.after]].filter(([, value]) => value !== null && value !== undefined);
  if (parts.length === 0) return null;
  return (
    <details>
      <summary>
        <Text span size="xs">
          What changed
        </Text>
      </summary>
      {parts.map(([label, value]) => (
        <div key={label as string}>
          <Text size="xs" mt={4}>
            {label as string}
          </Text>
          <Code block style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {JSON.stringify(value, null, 2)}
          </Code>
        </div>
      ))}
    </details>
  );
}
