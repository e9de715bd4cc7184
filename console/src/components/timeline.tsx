import { IconBuildingBank, IconHourglass, IconKey, IconRoute, IconUser, IconUserCheck, type TablerIcon } from "@tabler/icons-react";
import { isTerminal, type VerificationStatus } from "../../../src/domain/verification.ts";
import type { TimelineEntry } from "../api/types.ts";
import { formatDay, formatRelative, formatTime, useNow } from "../lib/time.ts";
import { humanise, statusSentences } from "../lib/words.ts";
import styles from "./timeline.module.css";

interface TimelineProps {
  entries: TimelineEntry[];
  moving: boolean;
  nextTimer: string | null;
  status: VerificationStatus;
}

/** What happened, when and by whom, from the first step down to what is being waited for now. */
export function Timeline({ entries, moving, nextTimer, status }: TimelineProps) {
  const days = Map.groupBy(entries, (entry) => formatDay(entry.at));
  const lastDay = [...days.keys()].at(-1);
  if (entries.length === 0) return <p className={styles["meta"]}>Nothing has happened yet.</p>;
  return [...days].map(([day, ofDay]) => (
    <div key={day}>
      <h3 className={styles["day"]}>{day}</h3>
      <ol className={styles["list"]} data-timeline>
        {ofDay.map((entry, index) => (
          <Entry key={`${entry.at} ${entry.kind} ${index}`} entry={entry} />
        ))}
        {moving && !isTerminal(status) && day === lastDay && <Waiting status={status} nextTimer={nextTimer} />}
      </ol>
    </div>
  ));
}

const actors: Record<string, { word: string; icon: TablerIcon }> = {
  system: { word: "Waystation", icon: IconRoute },
  api_key: { word: "API key", icon: IconKey },
  user: { word: "User", icon: IconUserCheck },
  provider: { word: "Provider", icon: IconBuildingBank },
  candidate: { word: "Candidate", icon: IconUser },
};

function Entry({ entry }: { entry: TimelineEntry }) {
  const now = useNow();
  const actor = actors[entry.actor.type] ?? { word: humanise(entry.actor.type), icon: IconRoute };
  const who = entry.actor.type === "provider" && entry.actor.id ? humanise(entry.actor.id) : actor.word;
  const id = entry.actor.type !== "provider" && entry.actor.type !== "system" ? entry.actor.id : undefined;
  return (
    <li className={styles["entry"]} data-kind={entry.kind}>
      <span className={`${styles["dot"]} ${styles[entry.actor.type] ?? ""}`} aria-hidden="true">
        <actor.icon size={16} stroke={1.9} />
      </span>
      <div>
        <p className={styles["summary"]}>{entry.summary}</p>
        <p className={styles["meta"]}>
          {who}
          {id && (
            <>
              {" "}
              <span className="ws-mono">{id}</span>
            </>
          )}
          {" · "}
          <time dateTime={entry.at} title={entry.at}>
            {formatTime(entry.at)}, {formatRelative(entry.at, now)}
          </time>
        </p>
        <Details details={entry.details} />
      </div>
    </li>
  );
}

function Waiting({ status, nextTimer }: { status: VerificationStatus; nextTimer: string | null }) {
  const now = useNow();
  const due = nextTimer !== null && Date.parse(nextTimer) > now;
  return (
    <li className={styles["entry"]}>
      <span className={`${styles["dot"]} ${styles["now"]}`} aria-hidden="true">
        <IconHourglass size={15} stroke={1.9} />
      </span>
      <div>
        <p className={styles["summary"]}>Now: {statusSentences[status]}</p>
        <p className={styles["meta"]}>
          {due ? (
            <>
              Waystation looks again{" "}
              <time dateTime={nextTimer} title={nextTimer}>
                {formatRelative(nextTimer, now)}, {formatTime(nextTimer)}
              </time>
              .{" "}
            </>
          ) : null}
          This page follows along every 2 seconds.
        </p>
      </div>
    </li>
  );
}

function Details({ details }: { details: TimelineEntry["details"] }) {
  const pairs = Object.entries(details ?? {}).filter(([, value]) => value !== null && value !== "");
  if (pairs.length === 0) return null;
  return (
    <details className={styles["details"]}>
      <summary>Details</summary>
      <dl>
        {pairs.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{humanise(name)}</dt>
            <dd>{typeof value === "string" || typeof value === "number" ? value : JSON.stringify(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
