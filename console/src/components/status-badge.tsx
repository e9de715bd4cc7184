import {
  IconAlertTriangle, IconBan, IconCircleCheck, IconCircleDashed, IconCircleX, IconClockPause, IconEye, IconFlask, IconHelpCircle,
  IconHourglass, IconLoader, IconMail, IconPlugConnectedX, IconRefresh, IconSend, IconUpload, IconWorld, type TablerIcon,
} from "@tabler/icons-react";
import type { VerificationResult, VerificationStatus } from "../../../src/domain/verification.ts";
import type { DeliveryStatus, EndpointStatus, InboundStatus, IntegrationStatus, Mode } from "../api/types.ts";
import { humanise } from "../lib/words.ts";
import styles from "./status-badge.module.css";

export type Tone = "positive" | "caution" | "negative" | "info" | "neutral";

/** A status is a word, an icon and a colour; it is never the colour alone. */
interface Look {
  word: string;
  tone: Tone;
  icon: TablerIcon;
}

const verification: Record<VerificationStatus, Look> = {
  created: { word: "Created", tone: "neutral", icon: IconCircleDashed },
  invited: { word: "Invited", tone: "info", icon: IconMail },
  submitted: { word: "Submitted", tone: "info", icon: IconUpload },
  pending: { word: "Being checked", tone: "info", icon: IconLoader },
  needs_input: { word: "Needs input", tone: "caution", icon: IconHelpCircle },
  in_review: { word: "In review", tone: "caution", icon: IconEye },
  completed: { word: "Completed", tone: "positive", icon: IconCircleCheck },
  expired: { word: "Expired", tone: "neutral", icon: IconHourglass },
  cancelled: { word: "Cancelled", tone: "neutral", icon: IconBan },
  failed: { word: "Failed", tone: "negative", icon: IconCircleX },
};

const result: Record<VerificationResult, Look> = {
  clear: { word: "Clear", tone: "positive", icon: IconCircleCheck },
  consider: { word: "Consider", tone: "caution", icon: IconAlertTriangle },
  rejected: { word: "Rejected", tone: "negative", icon: IconCircleX },
};

const integration: Record<IntegrationStatus, Look> = {
  connected: { word: "Connected", tone: "positive", icon: IconCircleCheck },
  needs_attention: { word: "Needs attention", tone: "caution", icon: IconAlertTriangle },
  disconnected: { word: "Disconnected", tone: "neutral", icon: IconPlugConnectedX },
};

const delivery: Record<DeliveryStatus, Look> = {
  pending: { word: "Pending", tone: "neutral", icon: IconSend },
  delivered: { word: "Delivered", tone: "positive", icon: IconCircleCheck },
  retrying: { word: "Retrying", tone: "caution", icon: IconRefresh },
  held: { word: "Held", tone: "caution", icon: IconClockPause },
  failed: { word: "Failed", tone: "negative", icon: IconCircleX },
  expired: { word: "Expired", tone: "neutral", icon: IconHourglass },
  cancelled: { word: "Cancelled", tone: "neutral", icon: IconBan },
};

const inbound: Record<InboundStatus, Look> = {
  received: { word: "Received", tone: "info", icon: IconLoader },
  processed: { word: "Processed", tone: "positive", icon: IconCircleCheck },
  parked: { word: "Parked", tone: "caution", icon: IconClockPause },
  rejected: { word: "Rejected", tone: "negative", icon: IconBan },
};

const endpoint: Record<EndpointStatus, Look> = {
  healthy: { word: "Healthy", tone: "positive", icon: IconCircleCheck },
  degraded: { word: "Degraded", tone: "caution", icon: IconAlertTriangle },
  disabled: { word: "Disabled", tone: "neutral", icon: IconBan },
};

const mode: Record<Mode, Look> = {
  sandbox: { word: "Sandbox", tone: "info", icon: IconFlask },
  live: { word: "Live", tone: "positive", icon: IconWorld },
};

const looks = { verification, result, integration, delivery, inbound, endpoint, mode } satisfies Record<string, Record<string, Look>>;
type Kind = keyof typeof looks;

/** What each status is called, for filters. */
export const wordsOf = <K extends Kind>(kind: K) =>
  Object.entries<Look>(looks[kind]).map(([value, look]) => ({ value, label: look.word }));

/** A status that this console does not know yet is shown in its own word. */
export function StatusBadge({ kind, value, plain = false }: { kind: Kind; value: string; plain?: boolean }) {
  const known = looks[kind] as Record<string, Look>;
  const look = known[value] ?? { word: humanise(value), tone: "neutral", icon: IconCircleDashed };
  return <ToneBadge {...look} plain={plain} />;
}

export function ToneBadge({ word, tone, icon: Icon, plain = false }: Look & { plain?: boolean }) {
  return (
    <span className={`${styles["badge"]} ${styles[tone]} ${plain ? styles["plain"] : ""}`}>
      <Icon size={14} stroke={2.2} aria-hidden="true" />
      {word}
    </span>
  );
}
