import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BackgroundCheck } from "../../src/providers/background-check.ts";
import { sterling } from "../../src/providers/sterling/index.ts";
import { until } from "../support/wait.ts";
import { type ProviderSandbox, startProviderSandbox } from "./provider-sandbox.ts";

// What is Sterling's own beyond the suite of all background checks, against its stand-in over real HTTP.

let sandbox: ProviderSandbox;
beforeAll(async () => {
  sandbox = await startProviderSandbox();
});
afterAll(() => sandbox?.close());

function open(account: string): BackgroundCheck {
  const { backgroundCheck } = sandbox.connect(sterling, { account });
  if (backgroundCheck === undefined) throw new Error("no backgroundCheck");
  return backgroundCheck;
}

const jane = { externalId: "bgc_1", firstName: "Jane", lastName: "Doe", email: "jane@example.test" };
const order = { externalId: "bgc_1", packageReference: "539146", workLocation: { country: "US" }, webhookUrl: "http://127.0.0.1:1/hook/{callbackSecret}" };
const tokensAsked = () => sandbox.exchanges.filter(({ request }) => request.url.endsWith("/oauth")).length;

describe("the access token", () => {
  it("is fetched once for all who begin together, and for all connections after them", async () => {
    const before = tokensAsked();
    await Promise.all(Array.from({ length: 10 }, () => open("token").listPackages()));
    await open("token").listPackages();
    expect(tokensAsked() - before).toBe(1);
    await open("another").listPackages();
    expect(tokensAsked() - before).toBe(2);
  });
});

describe("a screening", () => {
  it("carries the callback address with its secret, and our id in it", async () => {
    const check = open("callback");
    const { reference } = await check.createCandidate(jane);
    await check.invite({ ...order, candidateReference: reference });
    const [screening] = (await sandbox.control("sterling/objects/screenings")).filter((one: { sandbox: { account: string } }) => one.sandbox.account === "callback");
    expect(screening.callback.uri).toMatch(/^http:\/\/127\.0\.0\.1:1\/hook\/[0-9a-f]{64}\?check=bgc_1$/);
  });

  it("is another one for another check of the same person, who stays one candidate", async () => {
    const check = open("person");
    const { reference } = await check.createCandidate(jane);
    expect(await check.createCandidate({ ...jane, externalId: "bgc_2", lastName: "DOE" })).toEqual({ reference });
    const first = await check.invite({ ...order, candidateReference: reference });
    const second = await check.invite({ ...order, externalId: "bgc_2", candidateReference: reference });
    expect(second.order.reference).not.toBe(first.order.reference);
    const other = await check.invite({ ...order, packageReference: "626709", candidateReference: reference });
    expect(new Set([first, second, other].map((one) => one.order.reference)).size).toBe(3);
  });

  it("is not ordered under the name of somebody else with the same address", async () => {
    const check = open("mix-up");
    await check.createCandidate(jane);
    const error = await check.createCandidate({ ...jane, externalId: "bgc_2", firstName: "John" }).then(() => null, (thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: "ProviderError", kind: "invalid", message: "Sterling knows another person under the candidate's address" });
  });

  it("has a page to show once it is complete, and none before", async () => {
    const check = open("page");
    const { reference } = await check.createCandidate({ ...jane, email: "jane+reject@example.test" });
    const invitation = await check.invite({ ...order, candidateReference: reference });
    await expect(check.createReportLink?.({ reportReference: invitation.order.reference })).rejects.toMatchObject({ kind: "invalid", message: expect.stringContaining("422:not-yet-complete") });
    const { report, reportReference } = await until("the report", () => check.fetchReport(invitation), (fetched) => fetched.report.state === "decided", 10_000);
    expect(report).toMatchObject({ reasons: ["criminal_record"], rawStatus: "Complete/Adverse" });
    expect((await check.createReportLink?.({ reportReference: reportReference ?? "" }))?.url).toMatch(/^http:/);
  });

  it("leaves to the portal what Sterling offers nobody", () => {
    const check = open("absent");
    expect([check.cancel, check.engage, check.adverseAction]).toEqual([undefined, undefined, undefined]);
  });
});
