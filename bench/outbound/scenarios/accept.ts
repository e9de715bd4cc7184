import { rounded, spread, type Figures } from "../../figures.ts";
import { answerMs } from "../arrivals.ts";
import { whilePaused } from "../../shared/pause.ts";
import type { Stand } from "../stand.ts";
import { figuresOf, honesty, publishAll, warmTenants, type PublishRun } from "./publish.ts";

function acceptFigures({ published }: PublishRun): Figures {
  return { requestsPerSecond: rounded((published.ids.length - published.refused) / ((published.endedAt - published.startedAt) / 1000)), postMs: spread(answerMs(published)) };
}

/**
 * POST /events with one endpoint attached, every delivery row written. First as it is in life, while the worker delivers on
 * the same cores; then with the worker's process stopped, which tells what accepting alone takes.
 */
export async function accept(stand: Stand, events: number): Promise<Figures> {
  const spec = { tenants: 1, endpoints: 1, events };
  const tenants = await warmTenants(stand, spec);
  const together = await publishAll(stand, tenants, spec);
  const alone = await whilePaused(stand, (resume) => publishAll(stand, tenants, spec, resume));
  const { cpuMsPerDelivery, peakMiB } = figuresOf(together, spec);
  return { events, ...acceptFigures(together), alone: acceptFigures(alone), cpuMsPerDelivery: cpuMsPerDelivery ?? null, peakMiB: peakMiB ?? null, first: honesty(together), second: honesty(alone) };
}
