// Runs a long suite's scenarios one after the other, each on an installation of its own, and tells the parent what each
// found: scripts/long-suite.mjs, which prints it.
import { parseArgs } from "node:util";
import { scenarios as faults } from "../test/faults/scenarios.ts";
import { scenarios as load } from "../test/load/scenarios.ts";
import { startInstallation } from "../test/support/local-installation.ts";
import { runScenario, type Scenario, type Size } from "../test/support/scenario.ts";

const suites: Record<string, Scenario[]> = { load, faults };

const { values, positionals } = parseArgs({ allowPositionals: true, options: { only: { type: "string" }, short: { type: "boolean", default: false } } });
const size: Size = values.short ? "short" : "full";
const all = suites[positionals[0] ?? ""] ?? [];
const chosen = all.filter(({ id }) => values.only === undefined || id === values.only);
if (chosen.length === 0) {
  console.error(`--only takes one of ${all.map(({ id }) => id).join(", ")}.`);
  process.exit(1);
}
for (const scenario of chosen) {
  const installation = await startInstallation({ LOG_LEVEL: "warn", ...scenario.env?.(size) });
  try {
    const { figures, failures } = await runScenario(scenario, installation, size);
    process.send?.({ id: scenario.id, title: scenario.title, figures, failures });
  } finally {
    await installation.stop();
  }
}
process.exit(0);
