import { Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { ApiProblem } from "../api/client.ts";
import { CopyButton } from "./copy-button.tsx";
import styles from "./notice.module.css";

interface ProblemProps {
  error: unknown;
  /** What was tried, as "The integrations could not be loaded". */
  what?: string;
  onRetry?: () => void;
  /** Pointers whose messages are already shown at their fields. */
  shownAtFields?: readonly string[];
}

/** An error as the API tells it, with the request's id, by which an operator finds it in the log. */
export function Problem({ error, what, onRetry, shownAtFields = [] }: ProblemProps) {
  const problem = error instanceof ApiProblem ? error : null;
  const others = problem?.errors.filter((fault) => !shownAtFields.includes(fault.path)) ?? [];
  const allAtFields = problem !== null && problem.errors.length > 0 && others.length === 0;
  return (
    <div role="alert" className={`${styles["notice"]} ${styles["negative"]}`}>
      <IconAlertTriangle size={18} aria-hidden="true" />
      <div>
        <Text fw={600} size="sm">
          {what ?? problem?.title ?? "Something went wrong"}
        </Text>
        <Text size="sm">{allAtFields ? "See the marked fields." : error instanceof Error ? error.message : String(error)}</Text>
        {others.map((fault) => (
          <Text size="sm" key={fault.path + fault.message}>
            <span className="ws-mono">{fault.path}</span>: {fault.message}
          </Text>
        ))}
        {problem?.requestId && (
          <Group gap={4} mt={2}>
            <Text size="xs">
              Request <span className="ws-mono">{problem.requestId}</span>
            </Text>
            <CopyButton value={problem.requestId} label="Copy the request id" />
          </Group>
        )}
        {onRetry && (
          <Button mt={8} size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </div>
    </div>
  );
}
