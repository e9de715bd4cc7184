import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDoor, type Door } from "../../support/door.ts";
import { createMatrix } from "./matrix.ts";
import { groups } from "./table.ts";
import { canary, openTargets, type Targets } from "./target.ts";

// The table of hostile inbound requests, each on every provider where it makes sense, through the real door.

let door: Door;
let targets: Targets;
const matrix = createMatrix();

beforeAll(async () => {
  door = await openDoor();
  targets = await openTargets(door);
});
afterAll(async () => {
  console.log(matrix.print());
  await targets?.close();
  await door?.stop();
});

describe.each(groups)("$name", ({ cases }) => {
  it.each(cases)("$id $name", async (hostile) => {
    await matrix.run(hostile, targets.all);
  });
});

it("I nothing of a body or a secret was logged, and nothing was an error of ours", () => {
  const log = door.log();
  expect(log.length).toBeGreaterThan(0);
  expect(log).not.toContain(canary);
  for (const { key, other } of targets.all) for (const secret of [key, other.key]) expect(log).not.toContain(secret);
  expect(log.split("\n").filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
});
