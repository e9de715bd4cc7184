import type { LocalInstallation } from "./local-installation.ts";
import { until } from "./wait.ts";

export type Killable = "api" | "worker" | "temporal" | "postgres";

/** kill -9; the answer waits until the supervisor has put another process in its place. */
export async function killPart(installation: LocalInstallation, part: Killable): Promise<{ at: number; back: Promise<void> }> {
  const before = await until(`the ${part}`, () => installation.pidOf(part).catch(() => 0), (pid) => pid > 0);
  const at = Date.now();
  process.kill(before, "SIGKILL");
  const back = until(`another ${part}`, () => installation.pidOf(part).catch(() => before), (pid) => pid !== before).then(() => undefined);
  // Whoever awaits it hears of a part that stays away.
  back.catch(() => undefined);
  return { at, back };
}
