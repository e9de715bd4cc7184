import { fork, type ChildProcess } from "node:child_process";

interface Answer {
  id: number;
  answer?: unknown;
  error?: string;
}

/** A process that we ask over its channel; `answerQuestions` is its other side. It ends when we end, however that is. */
export class AskedProcess {
  private readonly child: ChildProcess;
  private readonly open = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  private readonly name: string;
  private last = 0;

  constructor(bench: "outbound" | "inbound", name: string, env: Record<string, string> = {}) {
    this.name = name;
    this.child = fork(new URL(`../${bench}/processes/${name}.ts`, import.meta.url), { serialization: "advanced", env: { ...process.env, ...env } });
    this.child.on("message", ({ id, answer, error }: Answer) => {
      const asked = this.open.get(id);
      this.open.delete(id);
      if (error === undefined) asked?.resolve(answer);
      else asked?.reject(new Error(`${name}: ${error}`));
    });
    this.child.on("exit", (code, signal) => {
      for (const { reject } of this.open.values()) reject(new Error(`${name} ended (${signal ?? code})`));
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  ask<T>(ask: string, question: object = {}): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.child.connected) return reject(new Error(`${this.name} is not running`));
      this.last += 1;
      this.open.set(this.last, { resolve: resolve as (answer: unknown) => void, reject });
      this.child.send({ id: this.last, ask, question });
    });
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    if (this.child.connected) this.child.disconnect();
    await ended;
  }
}
