import type { LocalInstallation } from "../../test/support/local-installation.ts";

/** Stops the worker's process where it stands, and lets it go on when the work says so, at the latest when that ends. */
export async function whilePaused<T>({ installation }: { installation: LocalInstallation }, work: (resume: () => void) => Promise<T>): Promise<T> {
  const worker = await installation.pidOf("worker");
  const resume = (): void => void process.kill(worker, "SIGCONT");
  process.kill(worker, "SIGSTOP");
  try {
    return await work(resume);
  } finally {
    resume();
  }
}
