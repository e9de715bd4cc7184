import { afterAll, beforeAll, expect, it } from "vitest";
import { recordHistory } from "../support/histories.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform({ timeSkipping: true });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } });
});
afterAll(() => platform?.stop());

it("reminds the candidate for thirty days, then expires", async () => {
  const created = await platform.request("POST", "/v1/tenants/acme/verifications", {
    body: { candidate: { firstName: "Jane", lastName: "Doe", email: "jane+expire@example.test" }, expiresInDays: 30 },
  });
  await expect(platform.timeSkippingResult(created.body.workflowId)).resolves.toEqual({ status: "expired" });
  const base = `/v1/tenants/acme/verifications/${created.body.id}`;
  expect((await platform.request("GET", base)).body).toMatchObject({ status: "expired", result: null });
  const timeline = await platform.request("GET", `${base}/timeline`);
  const kinds = timeline.body.data.map((entry: { kind: string }) => entry.kind);
  expect(kinds.filter((kind: string) => kind === "candidate.reminded")).toHaveLength(5);
  expect(kinds.at(-1)).toBe("verification.expired");
  await recordHistory(platform, created.body.workflowId, "verification-thirty-days");
});
