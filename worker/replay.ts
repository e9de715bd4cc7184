import { bundleWorkflowCode, DefaultLogger, Worker, type ReplayHistoriesIterable, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { createDataConverter, failureConverterPath } from "../src/temporal/codec.ts";
import { workflowsPath } from "./workflow-bundle.ts";

export interface ReplayOutcome {
  workflowId: string;
  /** Null when today's code makes the same decisions as the history. */
  error: Error | null;
}

/** One bundle for many replays; `path` is another set of workflows, for proving that a replay can fail. */
export async function bundleForReplay(path: string = workflowsPath): Promise<WorkflowBundleWithSourceMap> {
  return await bundleWorkflowCode({ workflowsPath: path, logger: new DefaultLogger("ERROR"), failureConverterPath });
}

/** Runs each history against the workflow code as it is now: a difference would stop runs that are under way at deployment. */
export async function* replayHistories(
  encryptionKeys: string,
  workflowBundle: WorkflowBundleWithSourceMap,
  histories: ReplayHistoriesIterable,
): AsyncGenerator<ReplayOutcome> {
  const options = { workflowBundle, dataConverter: createDataConverter(encryptionKeys) };
  for await (const result of Worker.runReplayHistories(options, histories)) {
    yield { workflowId: result.workflowId, error: result.error ?? null };
  }
}
