import type { Run, Verification } from "../api/types.ts";
import { humanise } from "../lib/words.ts";
import { CopyText } from "./copy-button.tsx";
import { FactCard } from "./fact-card.tsx";
import { ExternalLink } from "./links.tsx";
import { Problem } from "./problem.tsx";
import { Time } from "./time.tsx";

/** The durable run behind a verification, for those who operate the platform. */
export function RunCard({ run, error, verification }: { run: Run | undefined; error: Error | null; verification: Verification }) {
  const webUrl = run?.webUrl ?? verification.webUrl;
  return (
    <FactCard
      title="Run"
      facts={[
        ["State", run && humanise(run.status)],
        ["Step", run && humanise(run.step)],
        ["Next timer", run?.nextTimer && <Time key="timer" at={run.nextTimer} />],
        ["Workflow", <CopyText key="workflow" value={verification.workflowId} label="Copy the workflow id" />],
        ["History", webUrl && <ExternalLink key="web" href={webUrl}>Open in Temporal</ExternalLink>],
      ]}
    >
      {error && !run && (
        <div style={{ marginTop: 12 }}>
          <Problem error={error} what="The run could not be read" />
        </div>
      )}
    </FactCard>
  );
}
