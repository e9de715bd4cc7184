import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackgroundCheck, FetchedReport } from "../../src/providers/background-check.ts";
import { checkr } from "../../src/providers/checkr/index.ts";
import { until } from "../support/wait.ts";
import { type ProviderSandbox, startProviderSandbox } from "./provider-sandbox.ts";

// What Checkr can do beyond the suite of all background checks, against its stand-in over real HTTP.

let sandbox: ProviderSandbox;
beforeAll(async () => {
  sandbox = await startProviderSandbox();
});
afterAll(() => sandbox?.close());

function open(account: string, settings: object = {}): BackgroundCheck {
  const { backgroundCheck } = sandbox.connect(checkr, { account, settings });
  if (backgroundCheck === undefined) throw new Error("no backgroundCheck");
  return backgroundCheck;
}

async function reported(check: BackgroundCheck, tags: string, good: (fetched: FetchedReport) => boolean = ({ report }) => report.state === "decided") {
  const { reference } = await check.createCandidate({ externalId: `bgc_${tags}`, firstName: "Jane", lastName: "Doe", email: `jane${tags}@example.test` });
  const order = { candidateReference: reference, externalId: `bgc_${tags}`, packageReference: "driver_pro", workLocation: { country: "US", region: "NY" }, webhookUrl: "" };
  const invitation = await check.invite(order);
  const fetched = await until("the report", () => check.fetchReport(invitation), good, 10_000);
  return { order: invitation.order, fetched, reportReference: fetched.reportReference ?? "" };
}

async function actions(check: BackgroundCheck, reportReference: string, inMs: number) {
  const { adverseAction } = check;
  if (adverseAction === undefined) throw new Error("no adverseAction");
  const items = await adverseAction.listItems({ reportReference });
  const start = { reportReference, itemReferences: items.map(({ reference }) => reference), finalNoticeAt: new Date(Date.now() + inMs) };
  return { adverseAction, items, start, ...(await adverseAction.start(start)) };
}

const hourMs = 3_600_000;

describe("adverse action", () => {
  it("gives both notices, the final one at its time", async () => {
    const check = open("adverse");
    const { order, reportReference } = await reported(check, "+consider");
    const { adverseAction, items, reference, start } = await actions(check, reportReference, 400);
    expect(items).toMatchObject([{ text: expect.stringContaining("motor_vehicle_report") }]);
    // The same start again is the same action: no second notice goes out.
    expect(await adverseAction.start(start)).toEqual({ reference });
    expect((await check.fetchReport({ order })).report).toMatchObject({ state: "pre_adverse", reasons: ["driving_record"] });
    await until("the final notice", () => adverseAction.fetch({ reference }), ({ state }) => state === "complete", 10_000);
    expect((await check.fetchReport({ order })).report.state).toBe("adverse");
  });

  it("is taken back when the candidate is engaged after all", async () => {
    const check = open("engaged");
    const { order, reportReference } = await reported(check, "+reject");
    const { adverseAction, reference } = await actions(check, reportReference, hourMs);
    await adverseAction.cancel({ reference });
    await adverseAction.cancel({ reference });
    expect((await adverseAction.fetch({ reference })).state).toBe("cancelled");
    await check.engage?.({ reportReference });
    await check.engage?.({ reportReference });
    expect((await check.fetchReport({ order })).report).toMatchObject({ state: "decided", result: "clear", rawStatus: "report/complete/consider/engaged/escalated" });
  });

  it("stops while the candidate disputes the report, and ends when the candidate was right", async () => {
    const check = open("disputed");
    const { order, reportReference } = await reported(check, "+consider+resubmit");
    const { adverseAction, reference } = await actions(check, reportReference, hourMs);
    const state = async () => (await check.fetchReport({ order })).report;
    await until("the dispute", state, (report) => report.state === "disputed", 10_000);
    expect((await adverseAction.fetch({ reference })).state).toBe("disputed");
    await until("the revision", state, (report) => report.state === "decided" && report.result === "clear", 10_000);
    expect((await adverseAction.fetch({ reference })).state).toBe("cancelled");
  });

  it("is refused on a report that found nothing, and twice on one that found something", async () => {
    const check = open("refused");
    const clear = await reported(check, "+approve");
    await expect(check.adverseAction?.listItems({ reportReference: clear.reportReference })).rejects.toMatchObject({ kind: "invalid" });
    const { reportReference } = await reported(check, "+consider");
    const { adverseAction, start } = await actions(check, reportReference, hourMs);
    await expect(adverseAction.start({ ...start, finalNoticeAt: new Date(Date.now() + 2 * hourMs) })).rejects.toMatchObject({ kind: "invalid" });
  });
});

describe("a candidate who must hand something in again", () => {
  it("is waited for, and the report goes on", async () => {
    const check = open("suspended");
    const { fetched, order } = await reported(check, "+resubmit", ({ report }) => report.state === "needs_input");
    expect(fetched.report).toMatchObject({ result: null, reasons: ["data_incomplete"] });
    await until("the result", () => check.fetchReport({ order }), ({ report }) => report.result === "clear", 10_000);
  });
});

describe("cancelling", () => {
  it("takes an open invitation back, once", async () => {
    const check = open("cancel");
    const { reference } = await check.createCandidate({ externalId: "bgc_c", firstName: "Jane", lastName: "Doe", email: "jane+expire@example.test" });
    const { order } = await check.invite({ candidateReference: reference, externalId: "bgc_c", packageReference: "driver_pro", workLocation: { country: "US" }, webhookUrl: "" });
    await check.cancel?.({ order });
    await check.cancel?.({ order });
    expect((await check.fetchReport({ order })).report).toMatchObject({ state: "cancelled", rawStatus: "invitation/deleted" });
  });

  it("stops a report that is at work, whose undone parts then clear nobody", async () => {
    const check = open("stop");
    const { order } = await reported(check, "+resubmit", ({ report }) => report.state === "needs_input");
    await check.cancel?.({ order });
    await check.cancel?.({ order });
    expect((await check.fetchReport({ order })).report).toMatchObject({ state: "decided", result: "consider", reasons: ["check_unavailable"] });
  });
});

describe("the account", () => {
  it("has packages whose parts are named in our words", async () => {
    const packages = await open("packages").listPackages();
    expect(packages.map(({ reference }) => reference)).toEqual(["basic_criminal", "driver_pro", "pro_employment"]);
    expect(packages[1]?.screenings).toEqual(["identity", "sex_offender", "watchlist", "criminal", "driving"]);
  });

  it("is reached with a partner's token too, whose webhook is not ours to make", async () => {
    const connection = sandbox.connect(checkr, { account: "partner", settings: { authentication: "partner_oauth" } });
    await connection.testConnection();
    expect(connection.webhookSubscription).toBeUndefined();
    expect(sandbox.connect(checkr, { account: "direct" }).webhookSubscription).toBeDefined();
  });

  it("keeps its two webhooks: no third is asked for", async () => {
    const { webhookSubscription } = sandbox.connect(checkr, { account: "webhooks" });
    for (const name of ["a", "b", "c", "b"]) await webhookSubscription?.ensure({ url: `http://127.0.0.1:1/${name}` });
    const urls = (await sandbox.control("checkr/objects/webhooks")).map((one: { webhook_url: string }) => one.webhook_url);
    expect(urls).toEqual(["http://127.0.0.1:1/a", "http://127.0.0.1:1/b"]);
  });
});
