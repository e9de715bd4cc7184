import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyReport, type BackgroundReport, newBackgroundCheck, screeningKinds } from "../../src/domain/background-check.ts";
import type { BackgroundCheck, BackgroundCheckOrder } from "../../src/providers/background-check.ts";
import type { ProviderConnection } from "../../src/providers/contract.ts";
import { reasons } from "../../src/providers/reasons.ts";
import { listProviders } from "../../src/providers/registry.ts";
import { until } from "../support/wait.ts";
import { type ProviderSandbox, startProviderSandbox } from "./provider-sandbox.ts";

// What every provider of background checks must do, over real HTTP against its stand-in. The suite loops over the registry.

let sandbox: ProviderSandbox;
beforeAll(async () => {
  sandbox = await startProviderSandbox();
});
afterAll(() => sandbox?.close());

const providers = listProviders().filter(({ manifest }) => manifest.capabilities.includes("backgroundCheck"));

describe.each(providers.map((provider) => ({ slug: provider.manifest.slug, provider })))("$slug", ({ slug, provider }) => {
  const open = (account: string): { connection: ProviderConnection; check: BackgroundCheck } => {
    const connection = sandbox.connect(provider, { account });
    if (connection.backgroundCheck === undefined) throw new Error("no backgroundCheck");
    return { connection, check: connection.backgroundCheck };
  };
  const candidateOf = (tags: string) => ({ externalId: `bgc${tags.replaceAll("+", "_")}`, firstName: "Jane", lastName: "Doe", email: `jane${tags}@example.test`, birthDate: "1990-01-31" });

  async function ordering(account: string, tags: string, webhookUrl = "http://127.0.0.1:1/hook/{callbackSecret}") {
    const { connection, check } = open(account);
    const candidate = candidateOf(tags);
    const { reference } = await check.createCandidate(candidate);
    const packages = await check.listPackages();
    const order: BackgroundCheckOrder = {
      candidateReference: reference, externalId: candidate.externalId, packageReference: packages.at(1)?.reference ?? "", workLocation: { country: "US", region: "CA", city: "San Francisco" }, webhookUrl,
    };
    return { connection, check, candidate, order };
  }

  const ended = (report: BackgroundReport) => ["decided", "expired", "cancelled"].includes(report.state);

  it.each([
    { tags: "+approve", state: "decided", result: "clear" }, { tags: "+reject", state: "decided", result: "consider" }, { tags: "+consider", state: "decided", result: "consider" },
    { tags: "+resubmit", state: "decided", result: "clear" }, { tags: "+silent+reject", state: "decided", result: "consider" },
    { tags: "+expire", state: "expired", result: null }, { tags: "+decline", state: "cancelled", result: null },
  ])("ends $state $result for an address with $tags", async ({ tags, state, result }) => {
    const { check, order } = await ordering("tags", tags);
    const invitation = await check.invite(order);
    const { report } = await until("an end", () => check.fetchReport(invitation), (fetched) => ended(fetched.report), 10_000);
    expect(report).toMatchObject({ state, result });
    for (const reason of report.reasons) expect(Object.keys(reasons)).toContain(reason);
    expect(report.reasons.length > 0).toBe(result === "consider");
    for (const { kind } of report.screenings) expect(screeningKinds).toContain(kind);
    expect(report.screenings.length > 0).toBe(state === "decided" || slug === "sterling");
    // What the vendor found is in one of the parts, and the parts alone tell which.
    expect(report.screenings.some((screening) => screening.result === "consider")).toBe(result === "consider");
    expect(report.rawStatus).toMatch(/\S/);
  });

  it("makes one candidate and one order, however often it is asked", async () => {
    const { check, candidate, order } = await ordering("repeats", "");
    const first = await check.invite(order);
    expect(first.url).toMatch(/^https?:\/\//);
    expect(await check.createCandidate(candidate)).toEqual({ reference: order.candidateReference });
    expect(await check.invite(order)).toEqual(first);
    await until("the report", () => check.fetchReport(first), ({ report }) => report.state === "decided", 10_000);
    expect((await check.invite(order)).order).toEqual(first.order);
    const count = (await sandbox.control(`${slug}/objects/candidates`)).filter((one: { email: string }) => one.email === candidate.email).length;
    expect(count).toBe(1);
  });

  it("asks anew after an invitation that came to nothing", async () => {
    const { check, order } = await ordering("again", "+expire");
    const first = await check.invite(order);
    await until("the end of the invitation", () => check.fetchReport(first), ({ report }) => report.state === "expired", 10_000);
    const second = await check.invite(order);
    expect(second.order.reference).not.toBe(first.order.reference);
    expect(await check.invite(order)).toEqual(second);
  });

  it("orders without an invitation, once", async () => {
    const { check, order } = await ordering("direct", "+consider");
    if (check.placeOrder === undefined) return;
    const placed = await check.placeOrder(order);
    expect(await check.placeOrder(order)).toEqual(placed);
    const fetched = await until("the report", () => check.fetchReport(placed), ({ report }) => report.state === "decided", 10_000);
    expect(fetched.reportReference).toMatch(/\S/);
  });

  it.each(["", "+duplicate", "+shuffle", "+late"])("sends webhooks that verify, find their owner and end in one state with '%s'", async (tags) => {
    const account = `news${tags.replace("+", "-")}`;
    const receiver = await sandbox.receive(provider, account);
    try {
      const { connection, check, order } = await ordering(account, tags, receiver.url);
      await connection.webhookSubscription?.ensure({ url: receiver.url });
      await connection.webhookSubscription?.ensure({ url: receiver.url });
      const invitation = await check.invite(order);
      const known = new Set([`candidate/${order.candidateReference}`, `${invitation.order.kind}/${invitation.order.reference}`]);
      let state = newBackgroundCheck;
      await until("the news of the end", async () => {
        // As a process does it: each piece of news makes it ask for the truth.
        for (const _news of receiver.news()) state = applyReport(state, (await check.fetchReport(invitation)).report, "on_consider");
        return state;
      }, ({ status }) => status === "completed", 10_000);
      expect(state.result).toBe("clear");
      if (tags === "+duplicate") await until("the third copies", async () => receiver.raw.length, (count) => count % 3 === 0 && count >= 6, 10_000);
      const news = receiver.news();
      for (const { about } of news) expect(known).toContain(`${about?.kind ?? ""}/${about?.reference ?? ""}`);
      const copies = news.length / new Set(news.map(({ externalId }) => externalId)).size;
      expect(copies > 1).toBe(tags === "+duplicate");
    } finally {
      await receiver.close();
    }
  });

  it.each([{ tags: "+error", kind: "unavailable" }, { tags: "+limit", kind: "rate_limited" }])("is $kind twice for an address with $tags, and then works", async ({ tags, kind }) => {
    const { check } = open("trouble");
    const candidate = candidateOf(tags);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await check.createCandidate(candidate).then(() => null, (thrown: unknown) => thrown as { kind: string; retryAfterMs?: number; message: string });
      expect(error).toMatchObject({ name: "ProviderError", kind });
      if (kind === "rate_limited") expect(error?.retryAfterMs).toBe(1_000);
      expect(error?.message).not.toContain("example.test");
    }
    expect((await check.createCandidate(candidate)).reference).toMatch(/\S/);
  });

  it("says not_found for an order that does not exist, and invalid for a package that does not", async () => {
    const { check, order } = await ordering("missing", "");
    const invitation = await check.invite(order);
    await expect(check.fetchReport({ order: { ...invitation.order, reference: "0".repeat(24) } })).rejects.toMatchObject({ kind: "not_found" });
    await expect(check.invite({ ...order, packageReference: "none" })).rejects.toMatchObject({ name: "ProviderError", kind: slug === "checkr" ? "not_found" : "invalid" });
  });

  it("keeps accounts apart", async () => {
    const { check, order } = await ordering("mine", "");
    const invitation = await check.invite(order);
    await expect(open("theirs").check.fetchReport(invitation)).rejects.toMatchObject({ kind: "not_found" });
  });
});
