import { afterAll, beforeAll, expect, it } from "vitest";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { startPlatform, type TestPlatform } from "../support/platform.ts";
import { launch, settle } from "../support/verifications.ts";
import { until } from "../support/wait.ts";
import { Client, Connection } from "@temporalio/client";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
  await platform.request("POST", "/v1/tenants/acme/integrations", { body: { provider: "sumsub", mode: "sandbox" } });
});
afterAll(() => platform?.stop());

interface EncodedPayload {
  metadata: Record<string, string>;
  data: string;
}

it("keeps every payload of a history encrypted, and the codec endpoint reads them", async () => {
  const started = await launch(platform, "canary.person+consider@example.test");
  await platform.request("POST", `/v1/tenants/acme/verifications/${started.id}/cancel`, { body: {} });
  await settle(platform, started.id);

  // As somebody without the key sees it: a client that has no codec.
  const connection = await Connection.connect({ address: platform.temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle(started.workflowId);
  const text = historyToJSON(await handle.fetchHistory());
  await connection.close();
  // Ciphertext is left out: in base64 it spells short names by chance.
  const readable = text.replace(/"data": "[A-Za-z0-9+/=]*"/g, "");
  for (const canary of ["canary", "Jane", "Doe", platform.adminKey, "Sumsub answered"]) expect(readable).not.toContain(canary);
  expect(text).not.toContain(platform.adminKey);

  const payloads: EncodedPayload[] = [];
  JSON.stringify(JSON.parse(text), (_name, value: unknown) => {
    if (typeof value === "object" && value !== null && "metadata" in value && "data" in value) payloads.push(value as EncodedPayload);
    return value;
  });
  const encodings = new Set(payloads.filter(({ metadata }) => metadata["type"] === undefined).map(({ metadata }) => Buffer.from(metadata["encoding"] ?? "", "base64").toString()));
  expect([...encodings]).toEqual(["binary/encrypted"]);

  const origin = platform.platform.config.codecAllowedOrigins[0] ?? "";
  const decoded = await platform.request("POST", "/codec/default/decode", { key: null, headers: { origin, "x-namespace": "default" }, body: { payloads: payloads.filter(({ metadata }) => metadata["type"] === undefined) } });
  expect(decoded.status).toBe(200);
  expect(decoded.headers.get("access-control-allow-origin")).toBe(origin);
  const clear = decoded.body.payloads.map((payload: EncodedPayload) => Buffer.from(payload.data, "base64").toString());
  expect(clear.some((value: string) => value.includes(started.id))).toBe(true);
});

it("lists the run with a readable summary and its search attributes", async () => {
  const started = await launch(platform, "jane+approve@example.test");
  await settle(platform, started.id);
  const handle = platform.platform.temporal.client.workflow.getHandle(started.workflowId);
  // The row is written a moment before the run says so to Temporal.
  const description = await until("the run to close", () => handle.describe(), (value) => value.status.name === "COMPLETED");
  expect(await description.staticSummary()).toBe("Identity verification · Sumsub · tenant acme");
  const attributes = Object.fromEntries(description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
  expect(attributes).toMatchObject({ TenantId: "acme", Provider: "sumsub", ProcessKind: "verification", ProcessStatus: "completed", SubjectId: started.id });
});

it("decodes for no other origin", async () => {
  const answer = await platform.request("POST", "/codec/default/decode", { key: null, headers: { origin: "https://evil.example" }, body: { payloads: [] } });
  expect(answer.status).toBe(403);
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});
