import { defineSearchAttributeKey, SearchAttributeType } from "@temporalio/common";
import { setCurrentDetails, upsertSearchAttributes } from "@temporalio/workflow";

const processStatus = defineSearchAttributeKey("ProcessStatus", SearchAttributeType.KEYWORD);
const keptLines = 20;

/** What Temporal's Web UI shows of a run: the step it is at, what it waits for or is stuck on, and what is behind it. */
export class Journal {
  step = "Starting";
  problem: string | null = null;
  private readonly behind: string[] = [];

  doing(step: string): void {
    this.step = step;
    this.show();
  }

  done(step: string): void {
    this.problem = null;
    this.remember(`${step}: done`);
  }

  stuck(step: string, problem: string): void {
    this.step = step;
    this.problem = problem;
    this.show();
  }

  waitingFor(whom: string): void {
    this.step = `Waiting for ${whom}`;
    this.show();
  }

  /** A new status of the process: also what it can be searched by. */
  note(status: string): void {
    upsertSearchAttributes([{ key: processStatus, value: status }]);
    this.step = `Status ${status}`;
    this.remember(`status: ${status}`);
  }

  private remember(line: string): void {
    this.behind.push(`| ${new Date().toISOString().slice(0, 19)}Z | ${line} |`);
    if (this.behind.length > keptLines) this.behind.shift();
    this.show();
  }

  private show(): void {
    const problem = this.problem === null ? "" : `\n\n**Stuck:** ${this.problem}`;
    setCurrentDetails(`**Now:** ${this.step}${problem}\n\n| when | what |\n| --- | --- |\n${this.behind.join("\n")}`);
  }
}
