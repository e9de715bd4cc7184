import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import styles from "./notice.module.css";

/** A remark that belongs to the page's content. Errors are shown by Problem. */
export function Notice({ tone, children }: { tone: "info" | "caution"; children: ReactNode }) {
  const Icon = tone === "caution" ? IconAlertTriangle : IconInfoCircle;
  return (
    <div className={`${styles["notice"]} ${styles[tone]}`}>
      <Icon size={18} aria-hidden="true" />
      <div>{children}</div>
    </div>
  );
}
