import { wideLimits } from "../support/inbound-ground.ts";
import { killPart } from "../support/kill.ts";
import type { Findings, Ground, Scenario } from "../support/scenario.ts";
import { duringStream } from "./inbound-stream.ts";

const sizes = { full: { perSecond: 200, seconds: 60, owners: 50, kills: 5 }, short: { perSecond: 100, seconds: 5, owners: 10, kills: 1 } };

async function killApi(ground: Ground, how: { name: string; again: boolean; kills: number }): Promise<Findings> {
  const { perSecond, seconds, owners } = sizes[ground.size];
  const findings = await duringStream(ground, { name: how.name, perSecond, seconds, owners, again: how.again, drainLimitMs: 60_000 }, async (stream) => {
    let killed = 0;
    for (; killed < how.kills; killed += 1) {
      // Of an endless loop, as many as there is time for: each kill after the API is back and has answered again.
      await stream.reached((killed + 0.5) / (how.kills + 1));
      const { back } = await killPart(ground.installation, "api");
      await back;
    }
    stream.findings.figure(`${killed} kills`);
  });
  return findings;
}

/** Vendors send again what was not acknowledged: in the end everything is stored, once. */
export const apiKilled: Scenario = {
  id: "F1",
  title: "kill -9 of the API 5 times during 200 webhooks/s, 10 % forged",
  env: () => wideLimits,
  run: (ground) => killApi(ground, { name: "f1", again: true, kills: sizes[ground.size].kills }),
};

/** Nobody sends anything again: each single 2xx that was read stands for a row. */
export const apiKilledInALoop: Scenario = {
  id: "KILLAPI",
  title: "kill -9 of the API in a loop during 200 webhooks/s, nothing sent again",
  env: () => wideLimits,
  run: (ground) => killApi(ground, { name: "killapi", again: false, kills: sizes[ground.size].kills * 2 }),
};
