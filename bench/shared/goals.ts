import { figureAt, type Figures } from "../figures.ts";

export interface Goal {
  scenario: string;
  figure: string;
  atLeast?: number;
  atMost?: number;
}

export interface GoalSeen extends Goal {
  value: number;
  reached: boolean;
}

/** The goals of one scenario beside what it found. */
export function compareWithGoals(goals: Goal[], scenario: string, figures: Figures): GoalSeen[] {
  return goals.filter((goal) => goal.scenario === scenario).map((goal) => {
    const value = figureAt(figures, goal.figure) ?? Number.NaN;
    return { ...goal, value, reached: value >= (goal.atLeast ?? -Infinity) && value <= (goal.atMost ?? Infinity) };
  });
}
