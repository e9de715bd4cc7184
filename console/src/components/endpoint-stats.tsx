import { SegmentedControl, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { endpointStatsQuery } from "../api/queries.ts";
import { type EndpointStats, type StatsWindow, statsWindows } from "../api/types.ts";
import { FactCard } from "./fact-card.tsx";
import { Problem } from "./problem.tsx";
import { LoadingRows } from "./states.tsx";
import { Time } from "./time.tsx";

const windowWords: Record<StatsWindow, string> = { "1h": "1 hour", "24h": "24 hours", "7d": "7 days", "30d": "30 days" };

interface EndpointStatsProps {
  tenant: string;
  id: string;
  window: StatsWindow;
  onWindow: (window: StatsWindow) => void;
}

/** What came of the attempts in a period, and what waits now. */
export function EndpointStatsCard({ tenant, id, window, onWindow }: EndpointStatsProps) {
  const stats = useQuery(endpointStatsQuery(tenant, id, window));
  if (stats.error && !stats.data) return <Problem error={stats.error} what="The statistics could not be loaded" onRetry={() => void stats.refetch()} />;
  if (!stats.data) return <LoadingRows what="statistics" rows={1} height={220} />;
  return (
    <FactCard title="Statistics" facts={factsOf(stats.data)}>
      <SegmentedControl
        aria-label="Period of the statistics"
        fullWidth
        size="xs"
        mt={14}
        data={statsWindows.map((value) => ({ value, label: windowWords[value] }))}
        value={window}
        onChange={(value) => onWindow(value as StatsWindow)}
      />
      <Text size="xs" c="dimmed" mt={8}>
        What waits is counted now, whatever the period.
      </Text>
    </FactCard>
  );
}

function factsOf(stats: EndpointStats): Parameters<typeof FactCard>[0]["facts"] {
  const { attempts, delivered, failed, successRate, latencyMs, byStatusCode, backlog, oldestWaitingAt } = stats;
  const codes = Object.entries(byStatusCode).map(([code, count]) => `${code === "none" ? "no answer" : code}: ${count}`);
  return [
    ["Attempts", attempts === 0 ? "None in this period" : `${attempts}: ${delivered} delivered, ${failed} failed`],
    ["Success", successRate === null ? null : `${percent(successRate)} %`],
    ["Latency", latencyMs.p50 === null ? null : `p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms, p99 ${latencyMs.p99} ms`],
    ["Answers", codes.join(", ")],
    ["Waiting", `${backlog.pending} pending, ${backlog.retrying} retrying, ${backlog.held} held`],
    ["Oldest", oldestWaitingAt && <Time key="oldest" at={oldestWaitingAt} inline />],
  ];
}

/** Never rounded up to 100: one failure in 10,000 is a failure. */
function percent(share: number): string {
  return (Math.floor(share * 1_000) / 10).toFixed(1);
}
