import { rounded, type Figures } from "../../figures.ts";
import { whilePaused } from "../../shared/pause.ts";
import type { Stand } from "../stand.ts";
import { clear, figuresOf, honesty, rowsOf, sendAll, theDoor, warm } from "./run.ts";

/** Each webhook so many times at the same moment, on as many connections: one row, and every copy is answered with 2xx. */
export async function copies(stand: Stand, webhooks: number, sizes: number[]): Promise<Figures> {
  const results: Figures = {};
  for (const size of sizes) results[`of${size}`] = await copiesOf(stand, webhooks, size);
  const worst = Math.max(...Object.values(results).map((result) => Number((result as Figures)["rowsPerWebhook"])));
  return { ...results, rowsPerWebhook: worst };
}

async function copiesOf(stand: Stand, webhooks: number, size: number): Promise<Figures> {
  return await whilePaused(stand, async () => {
    const wish = { count: webhooks * size, copies: size, connections: size };
    await warm(stand, theDoor(stand), wish);
    const run = await sendAll(stand, theDoor(stand), wish);
    const { events } = await rowsOf(stand);
    const figures = { ...figuresOf(run), rowsPerWebhook: rounded(events / webhooks), ...(await honesty(stand, run, webhooks)) };
    await clear(stand);
    return figures;
  });
}
