import { Grid, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isTerminal } from "../../../src/domain/verification.ts";
import { runQuery, timelineQuery, verificationQuery } from "../api/queries.ts";
import type { Verification } from "../api/types.ts";
import { RouterAnchor } from "../components/links.tsx";
import { PageHeader } from "../components/page-header.tsx";
import { Problem } from "../components/problem.tsx";
import { ReviewForm } from "../components/review-form.tsx";
import { RunCard } from "../components/run-card.tsx";
import { RunProblem } from "../components/run-problem.tsx";
import { LoadingRows } from "../components/states.tsx";
import { StatusBadge } from "../components/status-badge.tsx";
import { Timeline } from "../components/timeline.tsx";
import { VerificationActions } from "../components/verification-actions.tsx";
import { VerificationFacts } from "../components/verification-facts.tsx";
import { announce } from "../lib/announce.ts";
import { candidateName } from "../lib/candidate.ts";
import { statusSentences } from "../lib/words.ts";

const route = getRouteApi("/t/$tenant/verifications/$verification");

export function VerificationPage() {
  const { tenant, verification: id } = route.useParams();
  const verification = useQuery(verificationQuery(tenant, id));
  return (
    <>
      <RouterAnchor to="/t/$tenant/verifications" params={{ tenant }} size="sm" mb={12} style={{ display: "inline-flex", alignItems: "center", gap: 6 }}>
        <IconArrowLeft size={15} aria-hidden="true" />
        Verifications
      </RouterAnchor>
      {!verification.data && <PageHeader title="Verification" />}
      {verification.isPending && <LoadingRows what="the verification" rows={4} height={90} />}
      {verification.error && (
        <div style={{ marginBottom: 16 }}>
          <Problem error={verification.error} what="The verification could not be loaded" onRetry={() => void verification.refetch()} />
        </div>
      )}
      {verification.data && <Loaded tenant={tenant} verification={verification.data} />}
    </>
  );
}

function Loaded({ tenant, verification }: { tenant: string; verification: Verification }) {
  const moving = !isTerminal(verification.status);
  const timeline = useQuery(timelineQuery(tenant, verification.id, moving));
  const run = useQuery(runQuery(tenant, verification.workflowId, moving));
  const name = candidateName(verification.candidate);
  useLastLook(verification.status, () => void Promise.all([timeline.refetch(), run.refetch()]));
  const badges = (
    <>
      <StatusBadge kind="verification" value={verification.status} />
      {verification.result && <StatusBadge kind="result" value={verification.result} />}
    </>
  );
  return (
    <>
      <PageHeader
        title={name}
        documentTitle={`Verification of ${name}`}
        lead={statusSentences[verification.status]}
        badges={badges}
        actions={<VerificationActions tenant={tenant} verification={verification} />}
      />
      <Grid gap={16}>
        <Grid.Col span={{ base: 12, md: 7.5 }}>
          <Stack gap={16}>
            {run.data?.problem && moving && <RunProblem tenant={tenant} run={run.data} problem={run.data.problem} />}
            {verification.status === "in_review" && <ReviewForm tenant={tenant} verification={verification} />}
            <section className="ws-card" style={{ padding: "18px 20px" }} aria-labelledby="timeline">
              <Text component="h2" id="timeline" fw={650} fz={16} m={0} mb={14}>
                Timeline
              </Text>
              {timeline.isPending && <LoadingRows what="the timeline" rows={4} height={44} />}
              {timeline.error && !timeline.data && <Problem error={timeline.error} what="The timeline could not be loaded" onRetry={() => void timeline.refetch()} />}
              {timeline.data && <Timeline entries={timeline.data} moving={moving} nextTimer={run.data?.nextTimer ?? null} status={verification.status} />}
            </section>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4.5 }}>
          <Stack gap={16}>
            <VerificationFacts verification={verification} />
            <RunCard run={run.data} error={run.error} verification={verification} />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

/** When the status changes it is said aloud, and what stands beside it is read once more: the last entry may have just been written. */
function useLastLook(status: Verification["status"], look: () => void): void {
  const before = useRef(status);
  const latest = useRef(look);
  latest.current = look;
  useEffect(() => {
    if (before.current === status) return;
    before.current = status;
    announce(statusSentences[status]);
    latest.current();
  }, [status]);
}
