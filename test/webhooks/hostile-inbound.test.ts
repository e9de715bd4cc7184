import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMatrix } from "../security/hostile-inbound/matrix.ts";
import { groups } from "../security/hostile-inbound/table.ts";
import { canary, openTargets, type Targets } from "../security/hostile-inbound/target.ts";
import { openDoor, type Door } from "../support/door.ts";

// The quick cases of the table of hostile inbound requests, on every provider. `npm run test:security -- --only I` runs them all.

let door: Door;
let targets: Targets;
const matrix = createMatrix();

beforeAll(async () => {
  door = await openDoor();
  targets = await openTargets(door);
});
afterAll(async () => {
  await targets?.close();
  await door?.stop();
});

describe.each(groups)("$name", ({ cases }) => {
  it.each(cases.filter((one) => one.slow !== true))("$id $name", async (hostile) => {
    await matrix.run(hostile, targets.all);
  });
});

it("nothing of a body was logged", () => {
  expect(door.log()).toContain("webhooks/:provider");
  expect(door.log()).not.toContain(canary);
});
