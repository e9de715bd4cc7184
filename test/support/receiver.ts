import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** How a path answers; 204 at once unless it says otherwise. */
export interface ReceiverRule {
  /** What signatures are verified with. */
  secret?: string;
  status?: number;
  delayMs?: number;
  /** 500 to every n-th new webhook-id; its next attempt is answered as all others. */
  failEvery?: number;
  keepBodies?: boolean;
}

export interface PathReport {
  requests: number;
  badSignatures: number;
  /** The most requests that were open at one moment. */
  peakOpen: number;
  /** When each webhook-id came for the first time. */
  first: [string, number][];
  /** When each request came. */
  times: number[];
  bodies: unknown[];
}

export interface PathCount {
  unique: number;
  requests: number;
}

export type Question = { ask: "rule"; path: string; rule: ReceiverRule } | { ask: "counts"; paths: string[] } | { ask: "report"; path: string };

/** A receiver in a process of its own, so that neither the driver nor the product lends it time. */
export class Receiver {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private asked = 0;
  private readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
    child.on("message", ({ number, answer }: { number: number; answer: unknown }) => {
      this.waiting.get(number)?.(answer);
      this.waiting.delete(number);
    });
  }

  static async start(): Promise<Receiver> {
    const child = fork(new URL("./receiver-process.ts", import.meta.url), { execArgv: [] });
    const [{ port }] = (await once(child, "message")) as [{ port: number }];
    return new Receiver(child, port);
  }

  urlOf(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async rule(path: string, rule: ReceiverRule): Promise<void> {
    await this.ask({ ask: "rule", path, rule });
  }

  async counts(paths: string[]): Promise<PathCount[]> {
    return (await this.ask({ ask: "counts", paths })) as PathCount[];
  }

  /** Webhook-ids that came, over all the paths. */
  async unique(paths: string[]): Promise<number> {
    return (await this.counts(paths)).reduce((sum, { unique }) => sum + unique, 0);
  }

  async report(path: string): Promise<PathReport> {
    return (await this.ask({ ask: "report", path })) as PathReport;
  }

  stop(): void {
    this.child.disconnect();
  }

  private ask(question: Question): Promise<unknown> {
    this.asked += 1;
    const number = this.asked;
    return new Promise((resolve) => {
      this.waiting.set(number, resolve);
      this.child.send({ number, question });
    });
  }
}
