import { Button, Group } from "@mantine/core";
import { IconArrowRight, IconArrowUp } from "@tabler/icons-react";

interface PagerProps {
  cursor: string | undefined;
  nextCursor: string | null;
  onGo: (cursor: string | undefined) => void;
}

/** Lists run from new to old; the browser's back button leads one page back, as the cursor is in the URL. */
export function Pager({ cursor, nextCursor, onGo }: PagerProps) {
  if (cursor === undefined && nextCursor === null) return null;
  return (
    <Group component="nav" aria-label="Pages" justify="flex-end" mt={12} gap={8}>
      <Button variant="default" size="xs" leftSection={<IconArrowUp size={14} />} disabled={cursor === undefined} onClick={() => onGo(undefined)}>
        Newest
      </Button>
      <Button
        variant="default"
        size="xs"
        rightSection={<IconArrowRight size={14} />}
        disabled={nextCursor === null}
        onClick={() => onGo(nextCursor ?? undefined)}
      >
        Older
      </Button>
    </Group>
  );
}
