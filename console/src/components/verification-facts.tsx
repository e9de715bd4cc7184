import { Stack, Text } from "@mantine/core";
import type { Attempt, Verification } from "../api/types.ts";
import { candidateName, countryName } from "../lib/candidate.ts";
import { checkWords, humanise, reviewPolicyWords } from "../lib/words.ts";
import { CopyText } from "./copy-button.tsx";
import { FactCard } from "./fact-card.tsx";
import { StatusBadge } from "./status-badge.tsx";
import { Time } from "./time.tsx";

/** Nothing more is asked of the candidate then. */
const ended = new Set(["completed", "expired", "cancelled", "failed"]);

export function VerificationFacts({ verification }: { verification: Verification }) {
  const { candidate, checks, result, reasons, reviewPolicy } = verification;
  return (
    <>
      <FactCard
        title="Result"
        facts={[
          ["Result", result ? <StatusBadge key="result" kind="result" value={result} plain /> : "None yet"],
          ["Reasons", reasons.length > 0 ? reasons.map(humanise).join("; ") : null],
          ["Checks", checks?.map((check) => checkWords[check]).join(", ")],
          ["Review", reviewPolicy && reviewPolicyWords[reviewPolicy]],
          ["Started", <Time key="started" at={verification.createdAt} />],
          ["Expires", !ended.has(verification.status) && verification.expiresAt ? <Time key="expires" at={verification.expiresAt} /> : null],
        ]}
      />
      <FactCard
        title="Candidate"
        facts={[
          ["Name", candidateName(candidate)],
          ["E-mail", candidate.email],
          ["Country", candidate.country && countryName(candidate.country)],
          ["Link", !ended.has(verification.status) && verification.inviteUrl ? <CopyText key="link" value={verification.inviteUrl} label="Copy the candidate’s link" /> : null],
        ]}
      />
      <FactCard title="Provider" facts={[["In use", humanise(verification.provider)]]}>
        <Attempts attempts={verification.attempts ?? []} />
      </FactCard>
    </>
  );
}

/** Each provider that was tried, in order. */
function Attempts({ attempts }: { attempts: Attempt[] }) {
  if (attempts.length === 0) return null;
  return (
    <Stack component="ol" gap={8} m={0} mt={12} pl={18} fz={13}>
      {attempts.map((attempt, index) => (
        <li key={`${attempt.provider} ${index}`}>
          <Text span size="sm" fw={600}>
            {humanise(attempt.provider)}
          </Text>
          {attempt.status && `: ${humanise(attempt.status).toLowerCase()}`}
          {attempt.reference && (
            <Text size="xs" c="dimmed">
              Its own id: <span className="ws-mono">{attempt.reference}</span>
            </Text>
          )}
        </li>
      ))}
    </Stack>
  );
}
