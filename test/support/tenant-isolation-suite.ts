import { afterAll, beforeAll, expect, test } from "vitest";
import { interleave } from "./interleaved.ts";
import { startPlatform, type TestPlatform } from "./platform.ts";
import { ask, digestOf, exampleOf, namesThing, pathOf, randomIds, readOperations, type Operation, type Seen } from "./tenant-sweep.ts";
import { makeTenantWithAll, type TenantWithAll } from "./tenant-with-all.ts";

/** What the other tenant's key is tried with on every route, as the API's own description names them. */
export function tenantIsolationSuite(size: { requests: number; concurrency: number }): void {
  let platform: TestPlatform;
  let me: TenantWithAll;
  let other: TenantWithAll;
  let operations: Operation[];
  let before: Record<string, string>;

  beforeAll(async () => {
    platform = await startPlatform({ worker: false });
    me = await makeTenantWithAll(platform, "mine7c41");
    other = await makeTenantWithAll(platform, "other9e52");
    operations = await readOperations(platform);
    before = await digestOf(platform, other.id);
  });

  afterAll(() => platform?.stop());

  const ofTenants = (): Operation[] => operations.filter(({ path }) => path.startsWith("/v1/") && path.includes("{tenant}"));
  const ofThings = (): Operation[] => ofTenants().filter(namesThing);

  /** Asks each and expects a status, and that nothing of the other tenant comes back. */
  async function sweep(list: Operation[], request: { tenant: string; ids: Record<string, string>; key: string | null }, expected: (operation: Operation, seen: Seen) => boolean): Promise<void> {
    expect(list.length).toBeGreaterThan(10);
    for (const operation of list) {
      const path = pathOf(operation, request.tenant, request.ids);
      expect(path, `${operation.path}: an id of this kind must be added to the tenants of this test`).not.toBeNull();
      const seen = await ask(platform, other, operation, { path: path as string, key: request.key });
      expect(seen.leaked, seen.what).toEqual([]);
      expect(expected(operation, seen), `${seen.what}: ${seen.status} ${seen.text}`).toBe(true);
    }
  }

  test("the other tenant's ids below one's own path are not there", async () => {
    await sweep(ofThings(), { tenant: me.id, ids: other.ids, key: me.keys.full }, (_, { status }) => status === 404);
  });

  test("the other tenant's own paths are not there", async () => {
    await sweep(ofTenants(), { tenant: other.id, ids: other.ids, key: me.keys.full }, (_, { status }) => status === 404);
  });

  test("an id that is nobody's is answered as the other tenant's is", async () => {
    const shape = ({ text }: Seen): unknown => {
      const { code, detail } = JSON.parse(text.slice(text.indexOf("\n") + 1)) as Record<string, unknown>;
      return { code, detail };
    };
    for (const operation of ofThings()) {
      const seen = [];
      for (const ids of [randomIds, other.ids]) seen.push(await ask(platform, other, operation, { path: pathOf(operation, me.id, ids) as string, key: me.keys.full }));
      expect(seen.map(({ status }) => status), operation.path).toEqual([404, 404]);
      expect(shape(seen[0] as Seen), operation.path).toEqual(shape(seen[1] as Seen));
    }
  });

  test("a revoked key, and none, are told nothing", async () => {
    for (const key of [other.keys.revoked, me.keys.revoked, null]) await sweep(ofTenants(), { tenant: other.id, ids: other.ids, key }, (_, { status }) => status === 401);
  });

  test("a key that may only read changes nothing, of its own tenant or the other", async () => {
    const changing = ofTenants().filter(({ method }) => method !== "GET");
    await sweep(changing, { tenant: me.id, ids: me.ids, key: me.keys.readOnly }, (_, { status }) => status === 403);
    await sweep(changing, { tenant: other.id, ids: other.ids, key: me.keys.readOnly }, (_, { status }) => status === 404);
  });

  test("one's own lists and things hold nothing of the other tenant, whatever they are narrowed to", async () => {
    const reading = ofTenants().filter(({ method }) => method === "GET");
    await sweep(reading, { tenant: me.id, ids: me.ids, key: me.keys.full }, (_, { status }) => status === 200);
    for (const operation of reading) {
      for (const { name } of (operation.parameters ?? []).filter((parameter) => parameter.in === "query")) {
        for (const value of Object.values(other.ids).flatMap((id) => [id, Buffer.from(id).toString("base64url")])) {
          const seen = await ask(platform, other, operation, { path: `${pathOf(operation, me.id, me.ids) as string}?${name}=${encodeURIComponent(value)}`, key: me.keys.full });
          expect(seen.leaked, seen.what).toEqual([]);
          expect([200, 404, 422], seen.what).toContain(seen.status);
        }
      }
    }
  });

  test("routes that name no tenant hold nothing of the other", async () => {
    const list = operations.filter((operation) => !operation.path.includes("{tenant}"));
    expect(list.length).toBeGreaterThan(3);
    for (const operation of list) {
      const path = operation.path.replace("{integrationId}", other.ids["integrations"] as string).replaceAll(/\{[^}]+\}/g, "sumsub");
      for (const key of [me.keys.full, me.keys.revoked, null]) {
        const seen = await ask(platform, other, operation, { path, key });
        expect(seen.leaked, seen.what).toEqual([]);
        expect(seen.status, seen.what).toBeLessThan(500);
        if (operation.path.startsWith("/v1/") && key !== me.keys.full) expect(seen.status, seen.what).toBe(401);
      }
    }
    const cursor = Buffer.from(other.id).toString("base64url");
    const tenants = operations.find(({ method, path }) => method === "GET" && path === "/v1/tenants") as Operation;
    for (const query of ["", `?cursor=${cursor}`]) expect((await ask(platform, other, tenants, { path: `/v1/tenants${query}`, key: me.keys.full })).leaked).toEqual([]);
  });

  test("the other tenant's ids inside a body reach nothing", async () => {
    const base = `/v1/tenants/{tenant}`;
    const candidate = { firstName: "A", lastName: "B", email: "a@example.test" };
    const tries: [path: string, body: unknown, statuses: number[]][] = [
      [`${base}/verifications`, { candidate, integrationId: other.ids["integrations"] }, [404, 422]],
      [`${base}/deliveries/replay`, { filter: { endpointId: other.ids["webhook-endpoints"], status: ["failed"] }, dryRun: true }, [200, 404]],
      [`${base}/deliveries/replay`, { filter: { endpointId: other.ids["webhook-endpoints"], status: ["failed"] } }, [202, 404]],
      [`${base}/deliveries/replay`, { filter: { eventType: `${other.id}.failed`, status: ["failed"] }, dryRun: true }, [200]],
      // An event's id is its tenant's own: the same one makes an event here, and touches none there.
      [`${base}/events`, { id: other.ids["events"], type: "of.mine", payload: {} }, [202]],
      [`${base}/events/batch`, { events: [{ id: other.ids["events"], type: "of.mine", payload: {} }] }, [202]],
    ];
    for (const [path, body, statuses] of tries) {
      const operation = operations.find((one) => one.method === "POST" && one.path === path);
      expect(operation, path).toBeDefined();
      const seen = await ask(platform, other, operation as Operation, { path: path.replace("{tenant}", me.id), key: me.keys.full, body });
      expect(seen.leaked, seen.what).toEqual([]);
      expect(statuses, `${seen.what}: ${seen.status} ${seen.text}`).toContain(seen.status);
      if (seen.status === 200) expect(seen.text, seen.what).toContain('"matched":0');
    }
    // Every field that is called an id, in any body that the description shows, is in the list above.
    const withIds = operations.filter(({ method, path }) => method !== "GET" && path.startsWith("/v1/")).filter((operation) => /"(integrationId|endpointId|eventId|deliveryId|candidateId)"/.test(JSON.stringify(exampleOf(operation))));
    for (const { path } of withIds) expect(tries.map(([tried]) => tried)).toContain(path);
  });

  test("of the other tenant, nothing has changed", async () => {
    expect(await digestOf(platform, other.id)).toEqual(before);
    expect(Object.values(before).filter((digest) => !digest.startsWith("0 ")).length).toBeGreaterThan(12);
  });

  test(`A1 two tenants in ${size.requests} requests at once over the same connections see no row of each other`, async () => {
    const pair = [await makeTenantWithAll(platform, "left3b60"), await makeTenantWithAll(platform, "right8d17")] as const;
    const result = await interleave(platform, pair, size);
    expect(result.wrong).toEqual([]);
    expect(result.requests).toBe(size.requests);
    expect(result.own).toBeGreaterThan(size.requests * 0.8);
  });
}
