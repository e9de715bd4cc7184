import type { Findings } from "./scenario.ts";
import type { WaitingOwners } from "./waiting-owners.ts";
import type { WebhookSender } from "./webhook-sender.ts";

/**
 * What holds after every fault: what was answered 2xx is stored, nothing else is, each run was told all of its own, once in
 * effect, and in the order in which it was sent.
 */
export async function checkTold(findings: Findings, of: { sender: WebhookSender; owners: WaitingOwners; integrationId: string }): Promise<void> {
  const { sender, owners, integrationId } = of;
  const { ids, waiting } = await owners.counts(integrationId);
  const known = new Set(sender.sent.map(({ id }) => id));
  const lost = [...sender.accepted.keys()].filter((id) => !ids.has(id));
  const mine = new Set(owners.applicants);
  const strange = [...ids].filter((id) => !known.has(id) && mine.has(id.split("|")[0] ?? ""));
  findings.check(lost.length === 0, `${lost.length} were answered 2xx and are not stored, such as ${lost[0]}`);
  findings.check(strange.length === 0, `${strange.length} are stored that nobody signed, such as ${strange[0]}`);
  findings.check(waiting === 0, `${waiting} still wait for the relay`);

  const told = await owners.told(integrationId);
  let [signals, repeated, missing, disordered] = [0, 0, 0, 0];
  for (const [applicant, one] of told) {
    signals += one.signals;
    const wanted = sender.sent.filter(({ id, applicant: of }) => of === applicant && ids.has(id)).map(({ id }) => id);
    // A signal that was sent and not written down is sent again; runs know news by their id.
    const first = [...new Set(one.news)];
    repeated += one.news.length - first.length;
    missing += wanted.filter((id) => !one.news.includes(id)).length;
    if (first.some((id, index) => index > 0 && (first[index - 1] as string) > id)) disordered += 1;
  }
  findings.figure(`${[...ids].filter((id) => known.has(id)).length} stored, told in ${signals} signals, ${repeated} of them told again`);
  findings.check(missing === 0, `${missing} did not reach their run`);
  findings.check(disordered === 0, `${disordered} runs were told out of order`);
}
