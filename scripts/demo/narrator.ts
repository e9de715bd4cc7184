import { styleText } from "node:util";

/** Tells the demo's story, a numbered step a line. */
export class Narrator {
  private number = 0;

  step(what: string, detail?: string): void {
    this.number += 1;
    console.log(`\n${styleText("bold", `${this.number}. ${what}`)}${detail === undefined ? "" : ` (${detail})`}`);
  }

  detail(line: string): void {
    console.log(`   ${line}`);
  }

  done(line: string): void {
    console.log(`\n${styleText("green", "✔")} ${line}`);
  }

  /** Ends the demo: a step was not seen to happen. */
  fail(reason: string): never {
    console.error(`\n${styleText("red", "✘")} The demo failed: ${reason}`);
    process.exit(1);
  }
}
