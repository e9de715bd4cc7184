import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { until } from "../support/wait.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(() => platform?.stop());

describe("a verification", () => {
  it("goes from the request to a signed webhook", async () => {
    const integration = await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } });
    expect(integration.status, JSON.stringify(integration.body)).toBe(201);
    expect(integration.body).toMatchObject({ status: "connected", health: { ok: true } });
    const created = await platform.request("POST", "/v1/tenants/acme/verifications", {
      body: { candidate: { firstName: "Jane", lastName: "Doe", email: "jane+approve@example.test" } },
    });
    expect(created.status, JSON.stringify(created.body)).toBe(201);
    const done = await until("completion", () => platform.request("GET", `/v1/tenants/acme/verifications/${created.body.id}`), (answer) => answer.body.status === "completed");
    expect(done.body).toMatchObject({ status: "completed", result: "clear" });
    const timeline = await platform.request("GET", `/v1/tenants/acme/verifications/${created.body.id}/timeline`);
    console.log(timeline.body.data.map((entry: { kind: string; summary: string }) => `${entry.kind}: ${entry.summary}`).join("\n"));
  });
});
