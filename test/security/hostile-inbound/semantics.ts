import { expect } from "vitest";
import { type HostileCase, refused, survived, taken } from "./case.ts";
import { keysOf, type Target } from "./target.ts";

// I67–I80: validly signed, and not what it should be.

const slow = (id: string, name: string, run: HostileCase["run"]): HostileCase => ({ id, name, run, slow: true });
const free = (id: string, name: string, run: HostileCase["run"]): HostileCase => ({ id, name, run });

interface Row { status: string; reason: string | null; externalId: string; aboutRef: string | null; bodyId: string | null }

async function rowsOf(target: Target, integrationId = target.id): Promise<Row[]> {
  return await target.door.platform.db.tenantTransaction("acme", (tx) => tx.inboundEvent.findMany({ where: { integrationId }, orderBy: { id: "asc" } }));
}

async function connectWith(target: Target, more: { settings?: object; mode?: "live" }): Promise<{ to: string; key: string }> {
  const { credentials, key } = keysOf(target.slug, target.scheme, "semantics");
  return { to: await target.door.connect({ provider: target.slug, credentials, ...more }), key };
}

/** The request for another of the provider's integrations. */
const forAnother = (target: Target, { to, key }: { to: string; key: string }, body: Buffer) => {
  const sent = target.request({ key, body });
  return target.request({ key, body, url: `${target.door.url}${target.path(sent, to)}` });
};

/** Which field of the settings names the vendor's account, and what the example's body says. */
const accounts: Record<string, { field: string; value: string; more?: Record<string, unknown> }> = {
  bamboohr: { field: "companyId", value: "c1" }, docusign: { field: "accountId", value: "a1" }, "dropbox-sign": { field: "accountId", value: "a1" },
  microsoft: { field: "directoryId", value: "t1" }, slack: { field: "teamId", value: "T1" }, stripe: { field: "accountId", value: "acct_1", more: { account: "acct_1" } },
  sumsub: { field: "clientId", value: "acme", more: { clientId: "acme" } }, twilio: { field: "accountSid", value: "AC1" }, zoom: { field: "accountId", value: "A" },
};

const tests: Record<string, Record<string, unknown>> = {
  stripe: { livemode: false }, sumsub: { sandboxMode: true }, "dropbox-sign": { signature_request: { signature_request_id: "r1", test_mode: true } },
};

async function rejections(target: Target, to: string): Promise<string[]> {
  const found = await target.door.platform.db.tenantTransaction("acme", (tx) => tx.inboundEvent.findMany({ where: { integrationId: to, status: "rejected" } }));
  return found.map((row) => String(row.reason));
}

export const semanticCases: HostileCase[] = [
  free("I72b", "an id beyond 2^53 stays exact", async (target) => {
    const ids: Record<string, Record<string, unknown>> = { indeed: { id: "@" }, lucca: { id: "@" }, papaya: { id: "@" }, sterling: { payload: { id: "@" } }, greenhouse: { payload: { application: { id: "@" } } }, zoom: { event_ts: target.door.now.getTime(), payload: { object: { id: "@" } } } };
    const more = ids[target.slug];
    if (more === undefined) return "its ids are texts";
    const body = Buffer.from(target.body(more).toString("utf8").replace('"@"', "9007199254740995"));
    expect((await target.send(target.request({ body }))).status, target.slug).toBeLessThan(300);
    const found = (await rowsOf(target)).filter((row) => `${row.externalId} ${row.aboutRef}`.includes("9007199254740995"));
    expect(found, target.slug).toHaveLength(1);
    return undefined;
  }),
  taken("I73", "a type that nobody knows", (target) => target.request({ body: target.body({ semantics: "type" }, "somethingQuiteNew") })),
  survived("I74", "an id that is missing", (target) => (target.slug === "google" || target.scheme.place === "body" ? "what names its events is part of the proof, or in a header" : target.request({
    body: target.body({ semantics: "no id", ...Object.fromEntries(["id", "event_id", "applicantId", "sg_event_id", "MessageSid", "generatedDateTime"].map((name) => [name, target.slug === "twilio" ? "" : undefined])) }),
  }))),
  free("I76", "news of an object that nobody made", async (target) => {
    expect((await target.send(target.request({ body: target.body({ semantics: "unknown object" }) }))).status, target.slug).toBeLessThan(300);
    for (const row of await rowsOf(target)) expect(["received", "processed", "parked", "rejected"], target.slug).toContain(row.status);
  }),
  slow("I77", "another account than the settings name", async (target) => {
    const account = accounts[target.slug];
    if (account === undefined) return "its webhooks name no account";
    const body = target.body(account.more);
    const mine = await connectWith(target, { settings: { [account.field]: account.value } });
    expect((await target.send(forAnother(target, mine, body), { to: mine.to })).status, target.slug).toBeLessThan(300);
    const wrong = await connectWith(target, { settings: { [account.field]: "somebody-else" } });
    expect((await target.send(forAnother(target, wrong, body), { to: wrong.to })).status, target.slug).toBe(403);
    await expect.poll(() => rejections(target, wrong.to), { timeout: 10_000 }).toEqual(["wrong_account"]);
    expect((await rowsOf(target, wrong.to)).filter((row) => row.status !== "rejected"), target.slug).toEqual([]);
    return undefined;
  }),
  slow("I78", "a test event at a live integration", async (target) => {
    const more = tests[target.slug];
    if (more === undefined) return "its webhooks do not say whether they are tests";
    const live = await connectWith(target, { mode: "live" });
    expect((await target.send(forAnother(target, live, target.body(more)), { to: live.to })).status, target.slug).toBeLessThan(300);
    await expect.poll(() => rejections(target, live.to), { timeout: 10_000 }).toEqual(["test_mode"]);
    expect((await rowsOf(target, live.to)).filter((row) => row.status !== "rejected" || row.bodyId !== null), target.slug).toEqual([]);
    return undefined;
  }),
  refused("I79", "amounts that are none", () => "no payment is made from a webhook: amounts are not read"),
  free("I80", "an event of more than thirty days ago", async (target) => {
    const at = new Date(target.door.now.getTime() - 31 * 86_400_000);
    const dated: Record<string, Record<string, unknown>> = {
      stripe: { created: Math.floor(at.getTime() / 1000), id: "evt_old" }, checkr: { created_at: at.toISOString(), id: "old" }, calendly: { created_at: at.toISOString() },
      docusign: { generatedDateTime: at.toISOString() }, sendgrid: { timestamp: Math.floor(at.getTime() / 1000), sg_event_id: "old" }, slack: { event_time: Math.floor(at.getTime() / 1000), event_id: "EvOld" },
      zoom: { event_ts: at.getTime() }, bamboohr: { timestamp: at.toISOString() }, sumsub: { createdAtMs: at.toISOString().replace("T", " ").replace("Z", "") },
      papaya: { updatedAt: at.toISOString() }, sterling: { payload: { id: "s-old", updatedAt: at.toISOString() } },
    };
    const more = dated[target.slug];
    if (more === undefined) return target.scheme.place === "body" || target.slug === "lucca" ? "its signed time is the event's own: I40" : "its events have no time, or one in an object that the example keeps";
    expect((await target.send(target.request({ body: target.body(more) }))).status, target.slug).toBeLessThan(300);
    const marked = (await rowsOf(target)).filter((row) => row.reason === "older than 30 days");
    expect(marked, target.slug).toHaveLength(1);
    return undefined;
  }),
];
