import type { Stand } from "./stand.ts";

/** Stops the worker's process where it stands, and lets it go on when the work says so, at the latest when that ends. */
export async function whilePaused<T>(stand: Stand, work: (resume: () => void) => Promise<T>): Promise<T> {
  const worker = await stand.installation.pidOf("worker");
  const resume = (): void => void process.kill(worker, "SIGCONT");
  process.kill(worker, "SIGSTOP");
  try {
    return await work(resume);
  } finally {
    resume();
  }
}
