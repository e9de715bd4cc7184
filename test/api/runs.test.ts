import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "../../src/lib/ids.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});

afterAll(() => platform.stop());

const send = (method: string, path: string) => platform.request(method, `/v1/tenants/acme/${path}`);
const sql = async (text: string, values: unknown[] = []) => (await platform.owner.query(text, values)).rows;

test.each([["parked", 202], ["processed", 202], ["rejected", 409], ["received", 409]])("an inbound event that is %s: replay answers %i", async (status, expected) => {
  const id = newId("inb");
  await sql(
    `INSERT INTO inbound_event (id, tenant_id, integration_id, provider, external_id, status, reason, about_kind, about_ref, relay_attempts)
     VALUES ($1, 'acme', $2, 'sumsub', $1, $3, 'a reason', 'applicant', 'a-1', 9)`,
    [id, newId("int"), status],
  );
  const answer = await send("POST", `inbound-events/${id}/replay`);
  expect(answer.status, JSON.stringify(answer.body)).toBe(expected);
  const [row] = await sql("SELECT status, next_relay_at, relay_attempts FROM inbound_event WHERE id = $1", [id]);
  if (expected === 202) expect(row).toMatchObject({ status: "received", relay_attempts: 0, next_relay_at: expect.any(Date) });
  else expect(row).toMatchObject({ status, relay_attempts: 9 });
  const read = await send("GET", `inbound-events/${id}`);
  expect(read.body.externalId).toBe(status === "rejected" ? null : id);
  expect((await send("GET", `inbound-events?status=${row.status}`)).body.data.map((event: { id: string }) => event.id)).toContain(id);
});

test("a run is read, and told what a person asks of it", async () => {
  const workflowId = "verification/acme/v-1";
  await sql("INSERT INTO run (workflow_id, tenant_id, kind, subject_id, status, step) VALUES ($1, 'acme', 'verification', 'ver_1', 'pending', 'waiting')", [workflowId]);
  const path = `runs/${encodeURIComponent(workflowId)}`;
  const read = await send("GET", path);
  expect(read.status, JSON.stringify(read.body)).toBe(200);
  expect(read.body).toMatchObject({ kind: "verification", timeline: [], webUrl: expect.stringContaining("verification%2Facme") });
  expect((await send("GET", "runs?status=pending&kind=verification")).body.data).toHaveLength(1);
  for (const verb of ["cancel", "retry-now"]) expect((await send("POST", `${path}/${verb}`)).status).toBe(202);
  const signals = (await sql("SELECT payload FROM outbox_command ORDER BY id")).map((row) => row.payload.signalName);
  expect(signals).toEqual(["cancelRequested", "retryRequested"]);
  await sql("UPDATE run SET closed_at = now()");
  for (const verb of ["cancel", "retry-now"]) expect((await send("POST", `${path}/${verb}`)).body.code).toBe("illegal_state");
  expect(await sql("SELECT 1 FROM outbox_command")).toHaveLength(2);
});
