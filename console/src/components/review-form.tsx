import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ReviewDecision } from "../../../src/domain/verification.ts";
import { ApiProblem, request } from "../api/client.ts";
import { paths, verificationQuery } from "../api/queries.ts";
import type { Verification } from "../api/types.ts";
import { humanise } from "../lib/words.ts";
import { Problem } from "./problem.tsx";

/** A person decides. The reason is kept with the decision, in the timeline and in the audit log. */
export function ReviewForm({ tenant, verification }: { tenant: string; verification: Verification }) {
  const [reason, setReason] = useState("");
  const queryClient = useQueryClient();
  const review = useMutation({
    mutationFn: (decision: ReviewDecision) =>
      request<Verification>(`${paths.verification(tenant, verification.id)}/review`, { method: "POST", body: { decision, reason: reason.trim() } }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: verificationQuery(tenant, verification.id).queryKey }),
  });
  const atReason = review.error instanceof ApiProblem ? review.error.at("/reason") : null;
  const deciding = (decision: ReviewDecision) => review.isPending && review.variables === decision;
  return (
    <section className="ws-card" style={{ padding: "18px 20px", borderColor: "var(--ws-caution)" }} aria-labelledby="review">
      <Stack gap={12}>
        <div>
          <Text component="h2" id="review" fw={650} fz={16} m={0}>
            Your decision is needed
          </Text>
          <Text size="sm" c="dimmed">
            {verification.reasons.length > 0
              ? `The provider says: ${verification.reasons.map(humanise).join("; ")}.`
              : "The provider gave no particular reason; this tenant asks for a person’s view."}
          </Text>
        </div>
        <Textarea
          label="Reason"
          description="What you looked at and why you decide so. It stays in the timeline and in the audit log."
          autosize
          minRows={2}
          maxRows={8}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          error={atReason}
        />
        {review.error && <Problem error={review.error} what="The decision was not recorded" shownAtFields={["/reason"]} />}
        <Group gap={8}>
          <Button leftSection={<IconCheck size={16} />} loading={deciding("approve")} disabled={review.isPending} onClick={() => review.mutate("approve")}>
            Approve
          </Button>
          <Button
            variant="default"
            leftSection={<IconX size={16} />}
            loading={deciding("reject")}
            disabled={review.isPending}
            onClick={() => review.mutate("reject")}
            c="var(--ws-negative)"
          >
            Reject
          </Button>
        </Group>
      </Stack>
    </section>
  );
}
