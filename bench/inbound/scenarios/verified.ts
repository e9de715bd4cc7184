import { rounded, type Figures } from "../../figures.ts";
import { whilePaused } from "../../shared/pause.ts";
import type { Stand } from "../stand.ts";
import { clear, figuresOf, honesty, sendAll, theDoor, warm, type Target, type Wish } from "./run.ts";

/** The door by itself, with the worker held still; of what comes, some may be forged. */
export async function verified(stand: Stand, wish: Wish): Promise<Figures> {
  return await whilePaused(stand, async () => {
    await warm(stand, theDoor(stand), wish);
    const run = await sendAll(stand, theDoor(stand), wish);
    const figures = { ...figuresOf(run), ...(await honesty(stand, run)) };
    await clear(stand);
    return figures;
  });
}

/** The same requests to a server of the same kind that only inserts, in a process of its own on the same database: what our rate is a share of. */
export async function withCeiling(stand: Stand, wish: Wish): Promise<Figures> {
  const ceiling = await whilePaused(stand, async () => {
    const bare: Target = { port: stand.barePort, roots: { api: stand.bareDoor.pid, postgres: stand.roots["postgres"] ?? 0 } };
    await warm(stand, bare, wish);
    const run = await sendAll(stand, bare, wish);
    const figures = { ...figuresOf(run), ...(await honesty(stand, run)) };
    await clear(stand);
    return figures;
  });
  const ours = await verified(stand, wish);
  return { ...ours, shareOfCeiling: rounded(Number(ours["webhooksPerSecond"]) / Number(ceiling["webhooksPerSecond"])), ceiling };
}
