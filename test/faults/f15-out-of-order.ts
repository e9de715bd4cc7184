import { lookInto, signersFor, wideLimits } from "../support/inbound-ground.ts";
import { Findings, type Scenario } from "../support/scenario.ts";
import { until } from "../support/wait.ts";
import { RepeatingVendor } from "../support/repeating-vendor.ts";

/** In the order in which Sumsub sends them. */
const history = ["applicantCreated", "applicantPending", "applicantPersonalInfoChanged", "applicantReviewed"];
const sizes = { full: 24, short: 6 };

/** A verification's news in every order: each ends the same, once, and what comes late changes nothing. */
export const outOfOrder: Scenario = {
  id: "F15",
  title: "4 events of a verification in all 24 orders (Sumsub)",
  env: () => ({ ...wideLimits, SANDBOX_STEP_MS: "1500" }),
  async run({ installation, host, size }) {
    const findings = new Findings();
    const orders = permutations(history).filter((_, n) => n % (24 / sizes[size]) === 0);
    const [signer] = await signersFor(host, "f15", ["sumsub"]);
    if (signer === undefined) throw new Error("there is no integration");
    const [database, sender] = [lookInto(installation), new RepeatingVendor([installation.apiUrl])];
    const began = Date.now();
    let notAccepted = 0;
    const send = async (object: string, type: string, round: string): Promise<void> => {
      const at = new Date(began + history.indexOf(type) * 1_000 + (round === "late" ? 500 : 0));
      const { status } = await sender.send(signer.sign({ id: `${object}${type}${round}`, at, object, type }));
      if (status < 200 || status >= 300) notAccepted += 1;
    };
    const verificationOf = (id: string) => host.call("GET", `/v1/tenants/f15/verifications/${id}`);
    try {
      // The vendor is silent, so that the only webhooks are ours; asked, it tells the truth of the moment.
      const ends = await Promise.all(orders.map(async (order, n) => {
        const { id } = await host.call("POST", "/v1/tenants/f15/verifications", { candidate: { firstName: "Jane", lastName: "Doe", email: `jane.${n}+silent@example.test` } });
        const object = await until("the applicant", async () => (await database.query<{ reference: string }>("SELECT reference FROM external_reference WHERE workflow_id = $1", [`verification/${id}`])).rows[0]?.reference, (found) => found !== undefined);
        await until("the invitation", () => verificationOf(id), ({ status }) => status !== "created");
        for (const type of order) await send(String(object), type, "first");
        const ended = await until(`verification ${id} to end`, () => verificationOf(id), ({ status }) => status === "completed", 60_000);
        for (const type of order) await send(String(object), type, "late");
        await until("late news to be told", () => stillWaiting(String(object)), (count) => count === 0);
        return { order, before: ended, after: await verificationOf(id), kinds: await kindsOf(id) };
      }));
      const first = ends[0];
      for (const { order, before, after, kinds } of ends) {
        const name = order.join(", ");
        findings.check(stateOf(after) === stateOf(first?.after), `${name}: ends ${stateOf(after)}, others ${stateOf(first?.after)}`);
        findings.check(JSON.stringify(after) === JSON.stringify(before), `${name}: late news changed it`);
        const completions = kinds.filter((kind) => kind === "verification.completed");
        findings.check(completions.length === 1, `${name}: told the host ${completions.length} times that it completed`);
        findings.check(kinds.at(-1) === "verification.completed", `${name}: ${kinds.at(-1)} came after its end`);
      }
      findings.check(notAccepted === 0, `${notAccepted} webhooks got no 2xx`);
      findings.figure(`${ends.length} orders, each ${stateOf(first?.after)}; ${ends.length * history.length * 2} webhooks`);
      findings.figure("Sumsub alone: other providers' news have no process that could be moved");
      return findings;
    } finally {
      await Promise.allSettled([database.end(), sender.close()]);
    }

    async function stillWaiting(object: string): Promise<number> {
      const { rows } = await database.query<{ count: number }>("SELECT count(*)::int AS count FROM inbound_event WHERE tenant_id = 'f15' AND about_ref = $1 AND status = 'received'", [object]);
      return rows[0]?.count ?? 0;
    }

    /** What the host product was told of it, in order. */
    async function kindsOf(id: string): Promise<string[]> {
      const { rows } = await database.query<{ type: string }>("SELECT type FROM webhook_event WHERE tenant_id = 'f15' AND payload->>'id' = $1 AND type LIKE 'verification.%' ORDER BY id", [id]);
      return rows.map(({ type }) => type);
    }
  },
};

function stateOf(verification: { status: string; result: string | null } | undefined): string {
  return `${verification?.status} ${verification?.result}`;
}

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, n) => permutations(items.filter((_, other) => other !== n)).map((rest) => [item, ...rest]));
}
