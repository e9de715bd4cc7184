import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { bundleForReplay, replayHistories } from "../../worker/replay.ts";
import { committedHistories } from "../support/histories.ts";
import { testEncryptionKeys } from "../support/platform.ts";

it("replays every committed history with today's workflow code", async () => {
  const histories = await committedHistories();
  expect(histories.length).toBeGreaterThan(0);
  const bundle = await bundleForReplay();
  const failed: string[] = [];
  let replayed = 0;
  for await (const outcome of replayHistories(testEncryptionKeys, bundle, histories)) {
    replayed += 1;
    if (outcome.error !== null) failed.push(`${outcome.workflowId}: ${outcome.error.message}`);
  }
  expect(failed).toEqual([]);
  expect(replayed).toBe(histories.length);
});

it("fails for a change that histories do not allow", async () => {
  const histories = (await committedHistories()).filter(({ workflowId }) => workflowId.startsWith("verification"));
  const bundle = await bundleForReplay(fileURLToPath(new URL("./broken-workflows.ts", import.meta.url)));
  const outcomes = [];
  for await (const outcome of replayHistories(testEncryptionKeys, bundle, histories)) outcomes.push(outcome);
  expect(outcomes.length).toBeGreaterThan(0);
  expect(outcomes.every(({ error }) => error !== null)).toBe(true);
});
