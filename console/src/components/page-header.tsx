import { Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import type { ReactNode } from "react";

interface PageHeaderProps {
  title: string;
  /** The tab's title, where the visible one would say too little. */
  documentTitle?: string;
  lead?: string;
  badges?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, documentTitle = title, lead, badges, actions }: PageHeaderProps) {
  useDocumentTitle(`${documentTitle} · Waystation`);
  return (
    <Group justify="space-between" align="flex-start" mb={20} gap={16}>
      <div>
        <Group gap={10}>
          <Title order={1} size="h2" fz={24} tabIndex={-1} data-page-title>
            {title}
          </Title>
          {badges}
        </Group>
        {lead && (
          <Text size="sm" c="dimmed" mt={4} maw={760}>
            {lead}
          </Text>
        )}
      </div>
      {actions && <Group gap={8}>{actions}</Group>}
    </Group>
  );
}
