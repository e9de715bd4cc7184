import { spawn } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { localKeyRing } from "../../src/security/key-ring.ts";
import { placeIn, sealedColumns } from "../../src/security/sealed-columns.ts";
import { createVault } from "../../src/security/vault.ts";
import { judge, Ledger } from "../support/ledger.ts";
import { patiently } from "../support/patience.ts";
import { RollingApis, steadily } from "../support/rolling-apis.ts";
import { Findings, type Scenario } from "../support/scenario.ts";

const sizes = { full: { rotations: 3, webhooksPerSecond: 100, eventsPerSecond: 20 }, short: { rotations: 1, webhooksPerSecond: 40, eventsPerSecond: 5 } };
/** Together with those of three rotations of the ring no more than may overlap. */
const secretRotationsEach = 3;
const script = join(resolve(import.meta.dirname, "../.."), "scripts/rotate-keys.ts");
const [k0, ...newer] = ["f17-0", "f17-1", "f17-2", "f17-3"].map((id) => `${id}:${randomBytes(32).toString("base64")}`) as [string, ...string[]];
const path = "/f17/receiver";
const tenant = "f17";

/**
 * The key ring is rotated again and again while webhooks come in and go out, and while the secrets that sign and verify them
 * are rotated too: nothing is refused that was signed well, nothing arrives badly signed, and what the ring lost is not missed.
 * The worker knows all keys: Temporal's payloads stay under the key that they were written with.
 */
export const keysRotated: Scenario = {
  id: "F17",
  title: "three key-encrypting keys and the secrets themselves rotated, 100 webhooks/s",
  env: () => ({ ENCRYPTION_KEYS: [k0, ...newer].join(",") }),
  async run(ground) {
    const { rotations, webhooksPerSecond, eventsPerSecond } = sizes[ground.size];
    const findings = new Findings();
    const { host, installation } = ground;
    const receiver = await ground.newReceiver();
    await host.tenant(tenant);
    const endpoint = await host.endpoint(tenant, receiver, path, { fields: { eventTypes: ["load.sent"] } });
    const first = "whsec_f17-first-secret";
    const integration = (await host.call("POST", `/v1/tenants/${tenant}/integrations`, { provider: "stripe", mode: "live", credentials: { webhookSecret: first } })).id as string;

    const envOf = (keys: string[]) => ({
      DATABASE_URL: installation.databaseUrl, TEMPORAL_ADDRESS: installation.temporalAddress, DATA_DIR: installation.dataDir, SANDBOX_URL: installation.sandboxUrl,
      ENCRYPTION_KEYS: keys.join(","), ALLOW_PRIVATE_WEBHOOK_TARGETS: "127.0.0.0/8",
    });
    const apis = await RollingApis.start(2, envOf([k0]));
    const pool = new pg.Pool({ connectionString: installation.databaseUrl, max: 2 });
    try {
      const call = async (method: "GET" | "POST", route: string, body?: unknown): Promise<void> => {
        const headers = { authorization: `Bearer ${installation.adminKey}`, "content-type": "application/json" };
        const { status, text } = await apis.send(method, `/v1/tenants/${tenant}${route}`, { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
        findings.check(status < 300, `${method} ${route} answered ${status}: ${text.slice(0, 200)}`);
      };
      const state = { ended: false, sent: 0, refused: new Map<string, number>() };
      // Signed by each secret that there was: the oldest is in its overlap to the end.
      const secrets = [first];
      const webhooks = steadily(webhooksPerSecond, () => state.ended, async (n) => {
        state.sent += 1;
        const outcome = await receive(apis, integration, `evt_f17_${n}`, secrets[n % secrets.length] as string);
        if (outcome !== "200") state.refused.set(outcome, (state.refused.get(outcome) ?? 0) + 1);
      });
      const ledger = new Ledger("f17");
      const events = steadily(eventsPerSecond, () => state.ended, () => ledger.publish(host, tenant));

      let current = k0;
      for (const next of newer.slice(0, rotations)) {
        // First everybody must be able to read it, then everybody may write under it.
        await apis.restart(envOf([current, next]));
        await apis.restart(envOf([next, current]));
        for (let n = 0; n < secretRotationsEach; n += 1) {
          await call("POST", `/webhook-endpoints/${endpoint}/secret/rotate`, { overlapSeconds: 3_600 });
          const webhookSecret = `whsec_f17-${secrets.length}-secret`;
          await call("POST", `/integrations/${integration}/rotate`, { credentials: { webhookSecret }, overlapSeconds: 3_600 });
          // From now on every process knows the new one: what is looked up for webhooks is believed for less than a second.
          await sleep(1_000);
          secrets.push(webhookSecret);
        }
        findings.figure(await rotateRing(findings, envOf([next, current])));
        current = next;
        await apis.restart(envOf([current]));
      }
      await call("GET", `/webhook-endpoints/${endpoint}/secret`);
      state.ended = true;
      await Promise.all([webhooks, events]);

      await patiently(() => receiver.unique([path]), (count) => count >= ledger.accepted.size, 60_000);
      const verdict = judge(ledger, await receiver.report(path));
      findings.checkVerdict(verdict);
      findings.figure(`${verdict.arrived}/${ledger.accepted.size} events delivered, ${verdict.badSignatures} badly signed`);
      const { rows } = await pool.query("SELECT count(*) FILTER (WHERE status <> 'rejected')::int AS taken, count(*) FILTER (WHERE status = 'rejected')::int AS rejected FROM inbound_event WHERE integration_id = $1", [integration]);
      findings.figure(`${rows[0].taken}/${state.sent} webhooks taken, ${rows[0].rejected} rejected`);
      findings.check(state.refused.size === 0, `webhooks were answered ${JSON.stringify(Object.fromEntries(state.refused))}`);
      findings.check(rows[0].taken === state.sent && rows[0].rejected === 0, "what was recorded is not what was sent");
      findings.figure(`${await openAll(findings, pool, current)} sealed values open with the last key alone`);
    } finally {
      await apis.stop();
      await pool.end();
    }
    return findings;
  },
};

/** Its answer's status, or what came in its place. */
async function receive(apis: RollingApis, integration: string, id: string, secret: string): Promise<string> {
  const body = JSON.stringify({ id, type: "invoice.paid" });
  const time = Math.floor(Date.now() / 1_000);
  const signature = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "stripe-signature": `t=${time},v1=${signature}` };
  return await apis.send("POST", `/webhooks/stripe/${integration}`, { headers, body }).then(({ status }) => String(status), (error: Error) => error.message);
}

/** As an operator does it: rotate, then look. The answer is what both said last. */
async function rotateRing(findings: Findings, env: Record<string, string>): Promise<string> {
  const rotated = await rotateKeys(env);
  findings.check(rotated.code === 0, `keys:rotate ended with ${rotated.code}: ${rotated.lines.slice(-3).join(" ")}`);
  const checked = await rotateKeys(env, "--check");
  findings.check(checked.lines.at(-1)?.endsWith(" 0 are to be re-wrapped.") === true, `an older key is in use still: ${checked.lines.join(" ")}`);
  return `${/re-wrapped (\d+)/i.exec(rotated.lines.at(-1) ?? "")?.[1]} re-wrapped`;
}

async function rotateKeys(env: Record<string, string>, ...args: string[]): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, ["--no-warnings", script, ...args], { env: { PATH: process.env["PATH"], ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, lines: said.trim().split("\n") };
}

/** Every sealed value of the database, with one key and no other. */
async function openAll(findings: Findings, pool: pg.Pool, key: string): Promise<number> {
  const vault = createVault(localKeyRing(key));
  let opened = 0;
  for (const column of sealedColumns) {
    const { rows } = await pool.query(`SELECT ${column.tenant} AS tenant, ${column.id} AS id, ${column.column} AS sealed FROM ${column.table} WHERE octet_length(${column.column}) > 0`);
    for (const row of rows) {
      const good = await vault.open(placeIn(column, row), row.sealed).then(() => true, () => false);
      findings.check(good, `${column.table}.${column.column} of ${row.id} does not open`);
      opened += good ? 1 : 0;
    }
  }
  return opened;
}
