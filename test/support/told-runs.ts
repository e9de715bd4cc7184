import type { Stored } from "./inbound-ledger.ts";
import type { Findings } from "./scenario.ts";
import type { WaitingOwners } from "./waiting-owners.ts";

export interface ToldRuns {
  integrationId: string;
  owners: WaitingOwners;
  stored: Stored[];
  /** How often the same news may come; a run takes them once, by their id. More than once only where a relay was broken off. */
  mostTimes: number;
  /** False where vendors had to repeat: what was sent again came late. */
  inOrder?: boolean;
}

/** What the runs were told against what is stored for them: everything that was relayed, in the order in which it happened, and nothing else. The answer counts signals. */
export async function checkRunsTold(findings: Findings, { integrationId, owners, stored, mostTimes, inOrder = true }: ToldRuns): Promise<number> {
  const ofRuns = Map.groupBy(stored.filter(({ workflowId, news }) => workflowId !== null && news.startsWith(`${integrationId} `)), ({ workflowId }) => workflowId);
  let [signals, told, missed, strange, tooOften, outOfOrder] = [0, 0, 0, 0, 0, 0];
  for (const [applicant, { signals: count, news }] of await owners.told(integrationId)) {
    const expected = (ofRuns.get(`waiting/${applicant}`) ?? []).toSorted((a, b) => a.occurredAt - b.occurredAt).map(({ news: id }) => id.slice(integrationId.length + 1));
    const times = Map.groupBy(news, (id) => id);
    const first = [...times.keys()];
    signals += count;
    told += times.size;
    missed += expected.filter((id) => !times.has(id)).length;
    strange += first.filter((id) => !expected.includes(id)).length;
    tooOften += [...times.values()].filter(({ length }) => length > mostTimes).length;
    if (first.length === expected.length && first.some((id, n) => id !== expected[n])) outOfOrder += 1;
  }
  findings.figure(`${told} told in ${signals} signals`);
  findings.check(told > 0, "no run was told anything");
  findings.check(missed === 0, `${missed} were relayed and did not reach their run`);
  findings.check(strange === 0, `${strange} reached a run that is not theirs`);
  findings.check(tooOften === 0, `${tooOften} were told more than ${mostTimes} times`);
  findings.check(!inOrder || outOfOrder === 0, `${outOfOrder} runs were told in another order than things happened`);
  return signals;
}
