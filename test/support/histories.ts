import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { TestPlatform } from "./platform.ts";

export const historiesFolder = fileURLToPath(new URL("../replay/histories/", import.meta.url));

type History = Parameters<typeof historyToJSON>[0];

/** As `keepHistory`, of a run that the platform's server knows. */
export async function recordHistory(platform: TestPlatform, workflowId: string, name: string): Promise<void> {
  if (process.env["RECORD_HISTORIES"] === undefined) return;
  await keepHistory(await platform.platform.temporal.client.workflow.getHandle(workflowId).fetchHistory(), name);
}

/**
 * Keeps a run's history for the replay tests when RECORD_HISTORIES is set: `RECORD_HISTORIES=1 npm test`. Histories are
 * written with the SDK's own conversion (plain JSON.stringify does not replay) and encrypted with the public test key.
 */
export async function keepHistory(history: History, name: string): Promise<void> {
  if (process.env["RECORD_HISTORIES"] === undefined) return;
  await mkdir(historiesFolder, { recursive: true });
  await writeFile(join(historiesFolder, `${name}.json`), `${JSON.stringify(JSON.parse(historyToJSON(history)))}\n`);
}

export async function committedHistories(): Promise<{ workflowId: string; history: unknown }[]> {
  const files = (await readdir(historiesFolder)).filter((name) => name.endsWith(".json")).sort();
  return await Promise.all(files.map(async (name) => ({ workflowId: basename(name, ".json"), history: JSON.parse(await readFile(join(historiesFolder, name), "utf8")) })));
}
