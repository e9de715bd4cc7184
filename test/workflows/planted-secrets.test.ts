import { Client, Connection } from "@temporalio/client";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CanaryScenario } from "../support/canary-scenario.ts";
import { columnsOf } from "../support/database-text.ts";
import { knownPlaces } from "../support/personal-places.ts";
import { findPlanted, type Place } from "../support/planted.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// The short form of the security suite's canaries: what one process leaves in the database, in histories and in its answers.

let platform: TestPlatform;
let scenario: CanaryScenario;

beforeAll(async () => {
  platform = await startPlatform();
  scenario = new CanaryScenario(platform);
  await scenario.run();
}, 120_000);
afterAll(() => platform?.stop());

/** As somebody without the key sees them. */
async function histories(): Promise<Place[]> {
  const connection = await Connection.connect({ address: platform.temporalAddress });
  try {
    const client = new Client({ connection });
    const places: Place[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) places.push({ name: workflowId, bytes: Buffer.from(historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory())) });
    return places;
  } finally {
    await connection.close();
  }
}

const of = (kind: "secret" | "personal") => scenario.planted.filter((one) => one.kind === kind);

it("stores no secret that it can be read from, and names a person only where the tenant has them written", async () => {
  const columns = await columnsOf(platform.platform.config.databaseUrl);
  expect(findPlanted(of("secret"), columns)).toEqual([]);
  expect(findPlanted(of("personal"), columns).filter(({ place }) => knownPlaces[place] === undefined)).toEqual([]);
});

it("tells Temporal nothing in clear", async () => {
  const runs = await histories();
  expect(runs.length).toBeGreaterThan(2);
  expect(findPlanted(scenario.planted, runs)).toEqual([]);
});

it("answers with no secret but once, where it is made", () => {
  expect(of("secret").length).toBeGreaterThanOrEqual(40);
  expect(findPlanted(of("secret"), scenario.answers)).toEqual([]);
});
