import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../../src/local/run-program.ts";
import { cacheFolder } from "../../src/local/temporal-binary.ts";

/** https://schemathesis.readthedocs.io: requests made from the API's own description, good ones and bad ones. */
const version = "4.32.5";

/** What DELETE ends and does not destroy. */
export const staysReadable = /\/(api-keys|event-types)\//;

/** What is not held against the API, and why. Printed with every run. */
export const exclusions = [
  {
    why: "400, 413 and 422 may answer what the schema allows: a key named __proto__, a number beyond ±(2^53 − 1), a cursor's text, a URL's address, a provider's own settings and a period's order are no matter of a JSON Schema; 429 may, where the run has set a tenant's limit to an event a second",
    toml: '[checks.positive_data_acceptance]\nexpected-statuses = ["2xx", 400, 401, 403, 404, 409, 413, 422, 429]',
  },
  {
    why: "413 and 415 refuse as well as 400 and 422 do: an upload of eleven fields is refused before it is looked at",
    toml: "[checks.negative_data_rejection]\nexpected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]",
  },
  {
    why: "415 may answer at the inbound door: its three content types are those of all providers together, and each provider sends its own",
    toml: '[[operations]]\ninclude-path-regex = "^/webhooks/"\n[operations.checks.positive_data_acceptance]\nexpected-statuses = ["2xx", 400, 401, 403, 404, 413, 415, 429]',
  },
  {
    why: "a revoked API key and an archived event type stay readable, as their descriptions say: DELETE ends them and destroys nothing",
    toml: "",
  },
  {
    why: "sequences follow the links of the description, and those that follow from its schemas; what is guessed from Location headers leads to operations that such an address is none of",
    toml: '[phases.stateful.inference]\nalgorithms = ["dependency-analysis"]',
  },
];

export interface SchemathesisReport {
  complete: boolean;
  running_time: number;
  /** As text: it is larger than a number here can hold. */
  seed: string;
  operations: { selected: number; tested: number };
  phases: Record<string, { status: string }>;
  test_cases: { generated: number };
  failures: { code: string; title: string; count: number; operations: string[] }[];
  errors: { title: string; count: number }[];
}

/** Its program, put into a Python environment of its own in the cache when it is not there. @throws Error saying what is missing */
async function ensureSchemathesis(): Promise<string> {
  const cache = await cacheFolder(process.env);
  const folder = join(cache, `schemathesis-${version}`);
  const program = join(folder, "bin", "schemathesis");
  const ready = join(folder, ".complete");
  if (existsSync(ready)) return program;
  console.log(`Installing schemathesis ${version} (once; kept in ${cache}).`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(cache, { recursive: true });
  for (const [command, ...args] of [["python3", "-m", "venv", folder], [join(folder, "bin", "python"), "-m", "pip", "install", "--quiet", "--no-input", `schemathesis==${version}`]] as [string, ...string[]][]) {
    const { code, stderr } = await runProgram(command, args, { timeoutMs: 300_000, env: process.env });
    if (code !== 0) throw new Error(`schemathesis ${version} could not be installed; it needs Python 3.10 or newer with venv and pip, and the package index once:\n${stderr.slice(-2_000)}`);
  }
  // Written last: an installation that broke off is made anew.
  await writeFile(`${ready}.new`, "");
  await rename(`${ready}.new`, ready);
  return program;
}

/** All checks over every operation, for at most `seconds`; the platform must hold a tenant `acme`. */
export async function runSchemathesis(apiUrl: string, key: string, seconds: number): Promise<{ report: SchemathesisReport; output: string }> {
  const program = await ensureSchemathesis();
  const folder = await mkdtemp(join(tmpdir(), "waystation-schemathesis-"));
  try {
    const [config, report] = [join(folder, "schemathesis.toml"), join(folder, "report.json")];
    await writeFile(config, ['[parameters]\n"path.tenant" = "acme"', ...exclusions.map(({ toml }) => toml)].join("\n\n"));
    const { stdout, stderr } = await runProgram(program, [
      "--config-file", config, "run", `${apiUrl}/openapi.json`, "--header", `Authorization: Bearer ${key}`, "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
      // Random data for a path is often none that a path can hold: the generator's matter.
      "--suppress-health-check", "filter_too_much", "--max-examples", "40", "--max-time", String(seconds), "--request-timeout", "20",
      "--continue-on-failure", "--no-color", "--report", "json", "--report-json-path", report,
    ], { timeoutMs: (seconds + 120) * 1000, cwd: folder, env: { ...process.env, NO_PROXY: "*", no_proxy: "*" } });
    const text = await readFile(report, "utf8").catch(() => Promise.reject(new Error(`no report:\n${stdout}\n${stderr}`)));
    const seed = /"seed": ?(\d+)/.exec(text)?.[1] ?? "unknown";
    return { report: { ...(JSON.parse(text) as SchemathesisReport), seed }, output: stdout };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
