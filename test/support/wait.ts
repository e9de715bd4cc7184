import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a state, never for a time: asks again until the answer is what is wanted. @throws Error naming what was last seen */
export async function until<T>(what: string, ask: () => Promise<T>, good: (value: T) => boolean, limitMs = 30_000): Promise<T> {
  const endAt = Date.now() + limitMs;
  for (;;) {
    const value = await ask();
    if (good(value)) return value;
    if (Date.now() > endAt) throw new Error(`waited ${limitMs} ms for ${what}; last seen: ${JSON.stringify(value)?.slice(0, 2_000)}`);
    await sleep(25);
  }
}
