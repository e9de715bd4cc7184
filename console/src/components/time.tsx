import { Text } from "@mantine/core";
import { formatDateTime, formatRelative, useNow } from "../lib/time.ts";

/** A moment: how long ago, and exactly when with its zone. `inline` puts both on one line. */
export function Time({ at, inline = false }: { at: string; inline?: boolean }) {
  const now = useNow();
  if (inline) {
    return (
      <time dateTime={at} title={at}>
        {formatRelative(at, now)} ({formatDateTime(at)})
      </time>
    );
  }
  return (
    <time dateTime={at} title={at}>
      <Text span display="block" inherit style={{ whiteSpace: "nowrap" }}>
        {formatRelative(at, now)}
      </Text>
      <Text span display="block" size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {formatDateTime(at)}
      </Text>
    </time>
  );
}
