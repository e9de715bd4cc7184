import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { announce } from "../lib/announce.ts";

export function CopyButton({ value, label }: { value: string; label: string }) {
  const clipboard = useClipboard({ timeout: 1_500 });
  const copy = () => {
    clipboard.copy(value);
    announce("Copied");
  };
  return (
    <Tooltip label={clipboard.copied ? "Copied" : label} withArrow>
      <ActionIcon variant="subtle" color="gray" c="dimmed" size="sm" aria-label={label} onClick={copy}>
        {clipboard.copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A value to take elsewhere, such as a URL, with a button that copies it. */
export function CopyText({ value, label }: { value: string; label: string }) {
  return (
    <Group gap={4} wrap="nowrap" align="center">
      <span className="ws-mono">{value}</span>
      <CopyButton value={value} label={label} />
    </Group>
  );
}
