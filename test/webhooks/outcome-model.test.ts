import { afterAll, beforeAll, expect, it } from "vitest";
import { modelEnv } from "../load/model-receiver.ts";
import { modelSizes, runModel } from "../load/model.ts";
import { checkInvariants } from "../../src/webhooks/outbound/invariants.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// The short size; `npm run test:load -- --only MODEL` has 100,000 deliveries to 1,000 endpoints.
const size = modelSizes.short;

let platform: TestPlatform;
beforeAll(async () => {
  platform = await startPlatform({ env: modelEnv });
});
afterAll(() => platform?.stop());

it("ends every delivery and every endpoint as the model says, while a tenth of the endpoints fail", async () => {
  const outcome = await runModel(platform, size);
  expect(outcome.differences).toEqual([]);
  // The run has teeth only if all of this happened.
  const { tenants, endpointsPerTenant, eventsPerTenant } = size;
  expect((outcome.deliveries["delivered"] ?? 0) + (outcome.deliveries["failed"] ?? 0)).toBe(tenants * endpointsPerTenant * eventsPerTenant);
  expect(outcome.deliveries["failed"]).toBeGreaterThan(0);
  expect(outcome.endpoints.flaky).toBeGreaterThan(0);
  expect(outcome.endpoints.down).toBeGreaterThan(0);
  const { rows } = await platform.owner.query("SELECT count(*)::int AS opened FROM timeline_entry WHERE kind = 'endpoint.degraded'");
  const { opened } = rows[0] as { opened: number };
  expect(opened).toBeGreaterThan(0);
  const { miscounted, unrouted, stalled } = await checkInvariants(platform.platform);
  expect({ miscounted, unrouted, stalled }).toEqual({ miscounted: 0, unrouted: 0, stalled: 0 });
}, 120_000);
