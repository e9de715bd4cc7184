import { Center, Loader, Skeleton, Stack, Text, Title, VisuallyHidden } from "@mantine/core";
import type { TablerIcon } from "@tabler/icons-react";
import type { ReactNode } from "react";

interface EmptyProps {
  icon: TablerIcon;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  /** The heading's level: 1 where this is all the page has. */
  order?: 1 | 2;
}

/** Nothing here yet: says what would be here and what to do first. */
export function Empty({ icon: Icon, title, children, action, order = 2 }: EmptyProps) {
  return (
    <Center className="ws-card" p={48}>
      <Stack align="center" gap={8} maw={420} ta="center">
        <Icon size={34} stroke={1.4} aria-hidden="true" color="var(--mantine-color-dimmed)" />
        <Title order={order} size="h4">
          {title}
        </Title>
        <Text size="sm" c="dimmed">
          {children}
        </Text>
        {action && <div style={{ marginTop: 8 }}>{action}</div>}
      </Stack>
    </Center>
  );
}

/** The shape of what is coming, so that the page does not jump. */
export function LoadingRows({ what, rows = 5, height = 52 }: { what: string; rows?: number; height?: number }) {
  return (
    <Stack gap={10} role="status" aria-busy="true">
      <VisuallyHidden>Loading {what}…</VisuallyHidden>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={height} radius={10} />
      ))}
    </Stack>
  );
}

export function LoadingPage() {
  return (
    <Center h="60vh" role="status">
      <Loader size="sm" aria-label="Loading" />
    </Center>
  );
}
