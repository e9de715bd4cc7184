import { Text } from "@mantine/core";
import { Fragment, type ReactNode, useId } from "react";
import styles from "./fact-card.module.css";

/** A titled list of facts; facts without a value are left out. */
export function FactCard({ title, facts, children }: { title: string; facts: [name: string, value: ReactNode][]; children?: ReactNode }) {
  const id = useId();
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return (
    <section className="ws-card" style={{ padding: "16px 18px" }} aria-labelledby={id}>
      <Text component="h2" id={id} fw={650} fz={14.5} m={0} mb={10}>
        {title}
      </Text>
      {known.length > 0 && (
        <dl className={styles["facts"]}>
          {known.map(([name, value]) => (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </Fragment>
          ))}
        </dl>
      )}
      {children}
    </section>
  );
}
