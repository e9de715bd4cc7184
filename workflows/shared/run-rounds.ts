import { setCurrentDetails, workflowInfo } from "@temporalio/workflow";

/** Rounds of one activity until the server hints that the history is long enough; the caller then continues as new. */
export async function runRounds(name: string, round: () => Promise<string>): Promise<void> {
  let rounds = 0;
  do {
    const report = await round();
    rounds += 1;
    setCurrentDetails(`**${name}**: ${rounds} rounds in this run; last: ${report}`);
  } while (!workflowInfo().continueAsNewSuggested);
}
