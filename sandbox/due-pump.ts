// setTimeout fires at once for anything longer than this.
const longestTimerMs = 2 ** 31 - 1;

/** Works off rows that carry a due time: in order, some at once, each only once at a time. */
export class DuePump<Row extends { id: number }> {
  private readonly options: {
    parallel: number;
    take(now: number, limit: number): Row[];
    nextDue(now: number): number | undefined;
    work(row: Row): Promise<void>;
  };
  private readonly running = new Map<number, Promise<void>>();
  /** Rows that nobody can work on in this process; they stay where they are. */
  private readonly skipped = new Set<number>();
  private timer: NodeJS.Timeout | undefined;
  private active = false;
  private woken = false;

  constructor(options: DuePump<Row>["options"]) {
    this.options = options;
  }

  start(): void {
    this.active = true;
    this.wake();
  }

  async stop(): Promise<void> {
    this.active = false;
    clearTimeout(this.timer);
    await Promise.all(this.running.values());
  }

  /** Looks for due rows soon; any number of calls in one turn is one look. */
  wake(): void {
    if (!this.active || this.woken) return;
    this.woken = true;
    setImmediate(() => {
      this.woken = false;
      if (this.active) this.look();
    });
  }

  skip(id: number): void {
    this.skipped.add(id);
  }

  private look(): void {
    clearTimeout(this.timer);
    const now = Date.now();
    const limit = this.options.parallel + this.running.size + this.skipped.size;
    for (const row of this.options.take(now, limit)) {
      if (this.running.size >= this.options.parallel) break;
      if (this.running.has(row.id) || this.skipped.has(row.id)) continue;
      this.running.set(row.id, this.run(row));
    }
    const due = this.options.nextDue(now);
    if (due !== undefined) this.timer = setTimeout(() => this.wake(), Math.min(Math.max(due - now, 1), longestTimerMs));
  }

  private async run(row: Row): Promise<void> {
    try {
      await this.options.work(row);
    } finally {
      this.running.delete(row.id);
      this.wake();
    }
  }
}
