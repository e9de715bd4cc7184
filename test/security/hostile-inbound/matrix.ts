import type { HostileCase } from "./case.ts";
import type { Target } from "./target.ts";

/** What came of every case on every provider: printed, so that nothing is left out silently. */
export interface Matrix {
  run(hostile: HostileCase, targets: Target[]): Promise<void>;
  print(): string;
}

interface Cell {
  id: string;
  slug: string;
  outcome: "pass" | "not applicable" | "FAIL";
  reason: string;
}

export function createMatrix(): Matrix {
  const cells: Cell[] = [];
  return {
    run: async (hostile, targets) => {
      const faults: Error[] = [];
      for (const target of targets) {
        try {
          const reason = await hostile.run(target);
          cells.push({ id: hostile.id, slug: target.slug, outcome: typeof reason === "string" ? "not applicable" : "pass", reason: reason ?? "" });
        } catch (error) {
          faults.push(error as Error);
          cells.push({ id: hostile.id, slug: target.slug, outcome: "FAIL", reason: String(error) });
        }
      }
      if (faults.length > 0) throw new AggregateError(faults, `${hostile.id} ${hostile.name}: ${faults.length} of ${targets.length} providers\n${faults.map((fault) => fault.message).join("\n")}`);
    },
    print: () => printed(cells),
  };
}

function printed(cells: Cell[]): string {
  const marks = { pass: "+", "not applicable": ".", FAIL: "X" } as const;
  const ids = [...new Set(cells.map((cell) => cell.id))];
  const rows = [...Map.groupBy(cells, (cell) => cell.slug)].map(([slug, own]) =>
    `${slug.padEnd(14)}${ids.map((id) => marks[own.find((cell) => cell.id === id)?.outcome ?? "not applicable"]).join("")}`);
  const reasons = [...Map.groupBy(cells.filter((cell) => cell.outcome === "not applicable"), (cell) => `${cell.id}  ${cell.reason}`)].map(([reason, own]) =>
    `  ${reason}: ${own.map((cell) => cell.slug).join(", ")}`);
  const count = (outcome: Cell["outcome"]): number => cells.filter((cell) => cell.outcome === outcome).length;
  return [
    `I table: + passed, . not applicable, X failed; columns ${ids.join(" ")}`, ...rows, "Not applicable:", ...reasons,
    `${count("pass")} passed, ${count("not applicable")} not applicable, ${count("FAIL")} failed`,
  ].join("\n");
}
