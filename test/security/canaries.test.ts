import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../../src/local/run-program.ts";
import { CanaryScenario } from "../support/canary-scenario.ts";
import { columnsOf } from "../support/database-text.ts";
import { startInstallation, type LocalInstallation } from "../support/local-installation.ts";
import { knownPlaces } from "../support/personal-places.ts";
import { findPlanted, formsOf, type Finding, type Place } from "../support/planted.ts";

// Everything that could be given away is planted in a whole installation and looked for in all that it leaves behind.

let installation: LocalInstallation;
let scenario: CanaryScenario;
const places: { database: Place[]; temporal: Place[]; logs: Place[] } = { database: [], temporal: [], logs: [] };
const [first, second] = ["first", "second"].map((id) => `${id}:${randomBytes(32).toString("base64")}`) as [string, string];

async function filesIn(folder: string, wanted: RegExp): Promise<Place[]> {
  const names = (await readdir(folder)).filter((name) => wanted.test(name));
  return await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}

beforeAll(async () => {
  // Both keys are in the ring from the start, so that the processes read what is re-wrapped beside them.
  installation = await startInstallation({ LOG_LEVEL: "trace", ENCRYPTION_KEYS: `${first},${second}`, WEBHOOK_RETRY_SCHEDULE: "1s,1s" });
  scenario = new CanaryScenario(installation);
  for (const key of [first, second]) scenario.planted.push({ what: "a key of the ring", text: key.split(":")[1] as string, kind: "secret" });
  await scenario.run();
  const script = join(import.meta.dirname, "../../scripts/rotate-keys.ts");
  const rotation = await runProgram(process.execPath, ["--no-warnings", script], { timeoutMs: 60_000, env: { PATH: process.env["PATH"], DATABASE_URL: installation.databaseUrl, ENCRYPTION_KEYS: `${second},${first}` } });
  if (rotation.code !== 0) throw new Error(`the rotation failed: ${rotation.stdout}${rotation.stderr}`);
  places.database = await columnsOf(installation.databaseUrl);
  places.temporal = await filesIn(installation.dataDir, /^temporal\.db/);
  places.logs = [...(await filesIn(join(installation.dataDir, "logs"), /./)), { name: "what the start said", bytes: Buffer.from(installation.output()) }, { name: "what the rotation said", bytes: Buffer.from(rotation.stdout + rotation.stderr) }];
  const size = Object.values(places).flat().reduce((sum, { bytes }) => sum + bytes.length, 0);
  const secrets = scenario.planted.filter(({ kind }) => kind === "secret").length;
  console.log(`Canaries: ${secrets} secrets and ${scenario.planted.length - secrets} personal texts, ${formsOf("x").size} forms each, in ${scenario.answers.length} answers, ${places.database.length} columns and ${Math.round(size / 1e6)} MB`);
}, 240_000);
afterAll(() => installation?.stop());

const secretsIn = (where: Place[]): Finding[] => findPlanted(scenario.planted.filter(({ kind }) => kind === "secret"), where);
const personalIn = (where: Place[]): Finding[] => findPlanted(scenario.planted.filter(({ kind }) => kind === "personal"), where);

describe("CANARY A4 what was planted", () => {
  test("CANARY A4 is at least forty secrets, and looked for where there is something", () => {
    expect(scenario.planted.filter(({ kind }) => kind === "secret").length).toBeGreaterThanOrEqual(40);
    expect(places.database.filter(({ bytes }) => bytes.length > 0).length).toBeGreaterThan(100);
    expect(places.temporal.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(500_000);
    const logs = Buffer.concat(places.logs.map(({ bytes }) => bytes)).toString();
    for (const process of ["api", "worker"]) expect(logs, process).toContain(`"process":"${process}"`);
    expect(scenario.answers.length).toBeGreaterThan(100);
  });

  test("CANARY A4 would be found: what is public of it is", () => {
    // The scenario's own tenant stands in clear where it belongs, and its runs are known to Temporal.
    const known = [{ what: "the tenant", text: "canaries", kind: "secret" as const }];
    for (const where of Object.values(places)) expect(findPlanted(known, where).length).toBeGreaterThan(0);
  });

  test("CANARY A4 is in no column of the database", () => {
    expect(secretsIn(places.database)).toEqual([]);
  });

  test("CANARY A4 is not in Temporal's database", () => {
    expect([...secretsIn(places.temporal), ...personalIn(places.temporal)]).toEqual([]);
  });

  test("CANARY A4 is in no log of any process", () => {
    expect([...secretsIn(places.logs), ...personalIn(places.logs)]).toEqual([]);
  });

  test("CANARY A4 is in no answer but the one that gives it", () => {
    expect(secretsIn(scenario.answers)).toEqual([]);
    const refusals = scenario.answers.filter(({ name }) => /^answer \d+ [45]/.test(name));
    expect(refusals.length).toBeGreaterThan(20);
    expect(personalIn(refusals)).toEqual([]);
  });

  test("CANARY A4 names a person where the tenant has them written, and nowhere else", () => {
    const columns = new Set(personalIn(places.database).map(({ place }) => place));
    expect([...columns].filter((place) => knownPlaces[place] === undefined)).toEqual([]);
    for (const place of columns) console.log(`  in clear on purpose, ${place}: ${knownPlaces[place]}`);
  });
});
