import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Provider } from "../api/types.ts";
import { authWord, categoryWord, humanise } from "../lib/words.ts";
import styles from "./provider.module.css";

/** A provider's letter, name and what it is for. Vendors' logos are not ours to ship. */
export function ProviderIdentity({ provider, badges }: { provider: Provider; badges?: ReactNode }) {
  const category = categoryWord(provider.category);
  const kinds = [category, authWord(provider.auth)];
  const more = provider.capabilities.map(humanise).filter((capability) => !capability.startsWith(category));
  return (
    <Group gap={12} wrap="nowrap" align="flex-start">
      <span className={styles["letter"]} aria-hidden="true">
        {provider.name.charAt(0)}
      </span>
      <div>
        <Group gap={8}>
          <Text component="h3" fw={600} fz={15.5} m={0}>
            {provider.name}
          </Text>
          {badges}
        </Group>
        <Group gap={6} mt={4}>
          {kinds.map((kind) => (
            <span key={kind} className={styles["kind"]}>
              {kind}
            </span>
          ))}
          <Text span size="xs" c="dimmed">
            {more.join(", ")}
          </Text>
        </Group>
      </div>
    </Group>
  );
}
