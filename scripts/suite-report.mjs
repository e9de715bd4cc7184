// What the long suites share: the one argument that they take, and their last line. Node's own modules only, Node 20.3 or newer.
import { parseArgs } from "node:util";

/** The value of --only, in capitals (undefined runs everything), with what else the suite may be told. `allowed` says what it may look like. */
export function readArguments(allowed, hint, others = {}) {
  const { only, ...values } = parseArgs({ options: { only: { type: "string" }, ...others } }).values;
  if (only !== undefined && !allowed.test(only)) throw new Error(`--only takes ${hint}.`);
  return { only: only?.toUpperCase(), ...values };
}

const columns = [9, 78];

/** The heading of the rows that printRow prints. */
export function printHeading() {
  console.log(`${"id".padEnd(columns[0])}${"what, and its figures".padEnd(columns[1])}result`);
}

/** One thing that was tried: its figures below it, and what is wrong below them. */
export function printRow({ id, title, figures, failures }) {
  console.log(`${id.padEnd(columns[0])}${title.padEnd(columns[1])}${failures.length === 0 ? "pass" : "FAIL"}`);
  for (const figure of figures) console.log(`${"".padEnd(columns[0])}  ${figure}`);
  for (const failure of failures) console.log(`${"".padEnd(columns[0])}! ${failure}`);
}

/** The last line, and with it the exit code. Nothing tried is a failure. */
export function finish(passed, failed) {
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  console.log(`${passed} passed, ${failed} failed`);
}
