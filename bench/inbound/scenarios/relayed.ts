import { rounded, type Figures } from "../../figures.ts";
import { patiently } from "../../../test/support/patience.ts";
import { WaitingOwners } from "../../../test/support/waiting-owners.ts";
import { monotonicMs } from "../../shared/clock.ts";
import { metered, cpuFigures } from "../../shared/meter.ts";
import type { Stand } from "../stand.ts";
import { clear, figuresOf, honesty, sendAll, theDoor } from "./run.ts";

const drainLimitMs = 120_000;
let made = 0;

/** A steady stream about objects that runs own, while the relay hands everything over: what the door answers then, and how soon nothing waits. */
export async function relayed(stand: Stand, size: { owners: number; ratePerSecond: number; seconds: number }): Promise<Figures> {
  made += 1;
  const sumsub = stand.integrations.find(({ provider }) => provider === "sumsub");
  if (sumsub === undefined) throw new Error("sumsub is missing");
  const owners = await WaitingOwners.start(stand.installation, { tenant: sumsub.tenantId, integrationId: sumsub.id, prefix: `bench-${made}`, count: size.owners });
  try {
    const count = size.ratePerSecond * size.seconds;
    const [{ run, drainedAt }, used] = await metered(stand.roots, async () => {
      const done = await sendAll(stand, theDoor(stand), { count, objects: owners.applicants, ratePerSecond: size.ratePerSecond });
      await patiently(() => waiting(stand), (left) => left === 0, drainLimitMs);
      return { run: done, drainedAt: monotonicMs() };
    });
    const signals = [...(await owners.told(sumsub.id)).values()].reduce((sum, told) => sum + told.signals, 0);
    return {
      owners: size.owners,
      ...figuresOf(run),
      cpuMsPerWebhook: cpuFigures(used, count),
      drainedAfterSeconds: rounded((drainedAt - run.sent.endedAt) / 1000),
      relayedPerSecond: rounded(count / ((drainedAt - run.sent.startedAt) / 1000)),
      signals,
      newsPerSignal: rounded(count / signals),
      stillWaiting: await waiting(stand),
      ...(await honesty(stand, run)),
    };
  } finally {
    await owners.stop();
    await stand.db.query("DELETE FROM external_reference WHERE integration_id = $1", [sumsub.id]);
    await clear(stand);
  }
}

async function waiting(stand: Stand): Promise<number> {
  const { rows } = await stand.db.query<{ count: number }>("SELECT count(*)::int AS count FROM inbound_event WHERE status = 'received'");
  return rows[0]?.count ?? 0;
}
