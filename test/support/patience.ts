import { setTimeout as sleep } from "node:timers/promises";

/** Like `until`, for what may never come: the answer is how it stood in the end, good or not. */
export async function patiently<T>(ask: () => Promise<T>, good: (value: T) => boolean, limitMs: number): Promise<T> {
  const endAt = Date.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (good(value) || Date.now() > endAt) return value;
    await sleep(25);
  }
}
