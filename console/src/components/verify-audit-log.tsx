import { Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { request } from "../api/client.ts";
import { paths } from "../api/queries.ts";
import type { AuditVerdict } from "../api/types.ts";
import { Notice } from "./notice.tsx";
import { Problem } from "./problem.tsx";

const words: Record<NonNullable<AuditVerdict["firstBroken"]>["reason"], string> = {
  edited: "is not as it was written",
  deleted: "follows an entry that is gone",
  inserted: "was put in later",
  reordered: "stands at the place of another one",
  cut: "is the last one left; newer ones were cut off",
  rewritten: "or one before it was changed, and all hashes were made anew",
};

/** Asks the API to follow the chain from its first entry to its newest. */
export function VerifyAuditLog({ tenant }: { tenant: string }) {
  const verify = useMutation({ mutationFn: () => request<AuditVerdict>(paths.auditVerdict(tenant)) });
  return (
    <Stack gap={12} mb={20} align="flex-start">
      <Button variant="default" loading={verify.isPending} onClick={() => verify.mutate()}>
        Verify the chain
      </Button>
      {verify.error && <Problem error={verify.error} what="The audit log could not be verified" />}
      <div role="status">{verify.data && !verify.isPending && <Verdict verdict={verify.data} />}</div>
    </Stack>
  );
}

function Verdict({ verdict: { entries, head, firstBroken } }: { verdict: AuditVerdict }) {
  if (firstBroken !== null) {
    return (
      <Notice tone="caution">
        The chain is broken: the entry <span className="ws-mono">{firstBroken.id ?? "(none left)"}</span> {words[firstBroken.reason]}.
      </Notice>
    );
  }
  if (head === null) return <Notice tone="info">There is no entry yet.</Notice>;
  return (
    <Notice tone="info">
      The chain is whole: {entries} {entries === 1 ? "entry" : "entries"}. The newest hash is{" "}
      <span className="ws-mono" style={{ overflowWrap: "anywhere" }}>
        {head.hash}
      </span>
      .
    </Notice>
  );
}
