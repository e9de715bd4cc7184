import { createContext, Script, type Context } from "node:vm";

/** A payload whose patterns take longer than this is refused: matching blocks everybody else's requests. */
const budgetMs = 200;
/** Text this short cannot take long with a pattern that `isSafePattern` let through. */
const maxDirectLength = 64;

const matching = new Script("pattern.test(text)");
let matchingContext: Context | undefined;

/** Gives a schema's regular expressions a common time limit; `restart` begins the next payload's. */
export class PatternBudget {
  private leftMs = budgetMs;

  restart(): void {
    this.leftMs = budgetMs;
  }

  /** @throws Error when the time is used up */
  readonly engine = Object.assign((source: string, flags: string) => {
    const pattern = new RegExp(source, flags);
    return { test: (text: string): boolean => this.match(pattern, text) };
  }, { code: "" });

  private match(pattern: RegExp, text: string): boolean {
    const started = performance.now();
    const matched = text.length <= maxDirectLength ? pattern.test(text) : matchWithin(pattern, text, Math.ceil(this.leftMs));
    this.leftMs -= performance.now() - started;
    if (this.leftMs <= 0) throw new Error("the time for patterns is used up");
    return matched;
  }
}

/** Only a script of its own can be stopped in the middle of a match. */
function matchWithin(pattern: RegExp, text: string, timeout: number): boolean {
  matchingContext ??= createContext({});
  Object.assign(matchingContext, { pattern, text });
  return matching.runInContext(matchingContext, { timeout }) as boolean;
}
