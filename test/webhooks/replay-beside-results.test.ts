import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

let platform: TestPlatform;
const base = "/v1/tenants/acme";

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  await platform.request("POST", "/v1/tenants", { body: { id: "acme", name: "Acme" } });
});
afterAll(() => platform?.stop());

test("a replay waits for no delivery whose result is being written, and makes the others due", async () => {
  for (let n = 0; n < 3; n += 1) await platform.request("POST", `${base}/webhook-endpoints`, { body: { url: `${platform.sandboxUrl}/echo/${n}` } });
  const { id } = (await platform.request("POST", `${base}/events`, { body: { type: "thing.made", payload: {} } })).body;
  const pool = platform.owner;
  await pool.query("UPDATE webhook_delivery SET status = 'delivered', next_attempt_at = NULL");
  // As a dispatcher does that writes the results of many deliveries in an order of its own.
  const dispatcher = await pool.connect();
  try {
    await dispatcher.query("BEGIN");
    const { rows } = await dispatcher.query("SELECT id FROM webhook_delivery ORDER BY id LIMIT 1 FOR UPDATE");
    const late = await platform.request("POST", `${base}/webhook-endpoints`, { body: { url: `${platform.sandboxUrl}/echo/late` } });
    expect((await platform.request("POST", `${base}/events/${id}/replay`, { body: {} })).status).toBe(202);
    const statuses = (await pool.query("SELECT id, endpoint_id, status FROM webhook_delivery ORDER BY id")).rows;
    expect(statuses.map((row) => row.status)).toEqual(["delivered", "pending", "pending", "pending"]);
    expect([statuses[0].id, statuses[3].endpoint_id]).toEqual([rows[0].id, late.body.id]);
  } finally {
    await dispatcher.query("ROLLBACK");
    dispatcher.release();
  }
});
