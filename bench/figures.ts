/** What a run found out: numbers, and groups of them. */
export interface Figures {
  [name: string]: number | string | null | Figures;
}

/** The value below which a share of the values lies. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function spread(values: number[]): { p50: number; p95: number; p99: number; max: number } {
  return { p50: rounded(percentile(values, 0.5)), p95: rounded(percentile(values, 0.95)), p99: rounded(percentile(values, 0.99)), max: rounded(percentile(values, 1)) };
}

/** Three digits that say something are all that a noisy machine gives. */
export function rounded(value: number): number {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return Number(value.toFixed(digits));
}

/** The runs of one scenario as one: of each number the median, and beside it the smallest and the largest when there are several. */
export function overRuns(runs: Figures[]): Figures {
  const [first = {}] = runs;
  if (runs.length < 2) return first;
  return Object.fromEntries(Object.entries(first).map(([name, value]) => {
    if (typeof value === "object" && value !== null) return [name, overRuns(runs.map((run) => run[name] as Figures))];
    if (typeof value !== "number") return [name, value];
    const values = runs.map((run) => Number(run[name]));
    return [name, { median: percentile(values, 0.5), min: Math.min(...values), max: Math.max(...values) }];
  }));
}

/** One figure by its path, such as "postMs.p99"; of several runs its median. */
export function figureAt(figures: Figures, path: string): number | undefined {
  let found: Figures[string] | undefined = figures;
  for (const name of path.split(".")) found = typeof found === "object" && found !== null ? found[name] : undefined;
  if (typeof found === "object" && found !== null) found = found["median"];
  return typeof found === "number" ? found : undefined;
}

/** The sum of every number of that name, at any depth. */
export function total(figures: Figures, wanted: string): number {
  return Object.entries(figures).reduce((sum, [name, value]) => {
    if (name === wanted && typeof value === "number") return sum + value;
    return typeof value === "object" && value !== null ? sum + total(value, wanted) : sum;
  }, 0);
}
