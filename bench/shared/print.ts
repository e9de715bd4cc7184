import type { Figures } from "../figures.ts";
import type { GoalSeen } from "./goals.ts";

/** One line for each group of figures, the inner ones indented. */
export function linesOf(name: string, figures: Figures, indent = ""): string[] {
  const single = Object.entries(figures).flatMap(([key, value]) => (isGroup(value) ? [] : [`${key} ${text(value)}`]));
  const groups = Object.entries(figures).flatMap(([key, value]) => (isGroup(value) ? [[key, value] as const] : []));
  const small = groups.filter(([, group]) => !Object.values(group).some(isGroup)).map(([key, group]) => `${indent}  ${key}: ${Object.entries(group).map(([part, value]) => `${part} ${text(value)}`).join(" · ")}`);
  const large = groups.filter(([, group]) => Object.values(group).some(isGroup)).flatMap(([key, group]) => linesOf(key, group, `${indent}  `));
  return [`${indent}${name}${single.length > 0 ? `: ${single.join(" · ")}` : ""}`, ...small, ...large];
}

/** The three numbers of several runs count as one. */
function isGroup(value: Figures[string]): value is Figures {
  return typeof value === "object" && value !== null && value["median"] === undefined;
}

function text(value: Figures[string] | undefined): string {
  if (typeof value === "number") return Number.isInteger(value) ? value.toLocaleString("en") : String(value);
  if (typeof value === "object" && value !== null) return `${text(value["median"])} (${text(value["min"])} to ${text(value["max"])})`;
  return String(value);
}

export function goalLine({ figure, value, atLeast, atMost, reached }: GoalSeen): string {
  return `  ${reached ? "reached" : "missed "} ${figure} ${text(value)}, aim ${atLeast === undefined ? `at most ${text(atMost)}` : `at least ${text(atLeast)}`}`;
}
