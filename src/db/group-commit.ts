import type { Logger } from "../lib/logger.ts";

/** What is written in one commit for all who ask at the same moment. */
export interface GroupCommit<Item, Answer> {
  /** Resolves after the commit that holds the item. */
  submit(item: Item): Promise<Answer>;
}

export interface GroupCommitOptions<Item, Answer> {
  /** How many commits may be under way at once. */
  lanes: number;
  maxRowsPerCommit: number;
  rowsOf(item: Item): number;
  /** True for one that must be written whole or not at all, by itself. */
  alone?(item: Item): boolean;
  /** One commit; an answer for every item, in their order. An Error among them is that item's alone. */
  write(items: Item[]): Promise<(Answer | Error)[]>;
  logger: Logger;
}

interface Waiting<Item, Answer> {
  item: Item;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * While one commit is under way the next batch gathers: alone, a caller waits for nobody; under load, hundreds share one
 * commit, which is what a single disk write can take.
 */
export function createGroupCommit<Item, Answer>(options: GroupCommitOptions<Item, Answer>): GroupCommit<Item, Answer> {
  let waiting: Waiting<Item, Answer>[] = [];
  let running = 0;

  const work = async (): Promise<void> => {
    running += 1;
    try {
      while (waiting.length > 0) {
        const count = countOfNext(waiting, options);
        const batch = waiting.slice(0, count);
        waiting = waiting.slice(count);
        await commit(batch, options);
      }
    } finally {
      running -= 1;
    }
  };
  return {
    submit: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (running < options.lanes) setImmediate(() => void (running < options.lanes && waiting.length > 0 ? work() : undefined));
      }),
  };
}

function countOfNext<Item, Answer>(waiting: Waiting<Item, Answer>[], { rowsOf, alone, maxRowsPerCommit }: GroupCommitOptions<Item, Answer>): number {
  let rows = 0;
  let count = 0;
  for (const { item } of waiting) {
    const byItself = alone?.(item) === true;
    if (count > 0 && (byItself || rows + rowsOf(item) > maxRowsPerCommit)) break;
    rows += rowsOf(item);
    count += 1;
    if (byItself) break;
  }
  return count;
}

async function commit<Item, Answer>(batch: Waiting<Item, Answer>[], options: GroupCommitOptions<Item, Answer>): Promise<void> {
  try {
    const answers = await options.write(batch.map(({ item }) => item));
    for (const [index, one] of batch.entries()) {
      const answer = answers[index] as Answer | Error;
      if (answer instanceof Error) one.reject(answer);
      else one.resolve(answer);
    }
  } catch (error) {
    if (batch.length === 1 || !isAboutTheRows(error)) {
      for (const one of batch) one.reject(error);
      return;
    }
    // One caller's rows must not fail the others': each gets a commit of its own, and its own error.
    options.logger.warn({ err: error, callers: batch.length }, "a shared commit failed; its callers are tried one by one");
    for (const one of batch) await commit([one], options);
  }
}

/** A value that Postgres refuses, a constraint, a policy, a deadlock: another caller's rows may be well. A lost connection is everybody's. */
function isAboutTheRows(error: unknown): boolean {
  return /^(22|23|40|42|54)/.test((error as { code?: string }).code ?? "");
}
