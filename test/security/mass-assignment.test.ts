import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { columnsOf } from "../support/database-text.ts";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// Every operation that takes a body, as the API's own description names them.

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
}

interface Operation {
  name: string;
  method: string;
  path: string;
  requestBody?: { content?: Record<string, { schema?: Schema; example?: unknown; examples?: Record<string, { value: unknown }> }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}

const base = "/v1/tenants/acme";
const forbidden = { tenantId: "other", tenant_id: "other", id: "mine", createdAt: "2000-01-01T00:00:00.000Z", secret: "whsec_mine", secretHash: "00", role: "admin", disabledAt: null, verified: true, hash: "00", status: "healthy", prefix: "wsk_mine" };

let platform: TestPlatform;
let operations: Operation[];
let schemas: Record<string, Schema>;
/** An id that exists in every list, by the list's path. */
const ids: Record<string, string> = {};

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  for (const id of ["acme", "other"]) await platform.request("POST", "/v1/tenants", { body: { id, name: id } });
  await furnish();
  const { body } = await platform.request("GET", "/openapi.json");
  schemas = body.components.schemas;
  operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    path.startsWith("/v1/") ? Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path, name: `${method.toUpperCase()} ${path}` })) : [],
  );
});
afterAll(() => platform?.stop());

async function furnish(): Promise<void> {
  const make = async (list: string, body: unknown): Promise<void> => {
    const answer = await platform.request("POST", `${base}/${list}`, { body });
    expect(answer.status, `${list}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    ids[list] = answer.body.id ?? answer.body.name;
  };
  await make("integrations", { provider: "sumsub", mode: "sandbox" });
  await make("webhook-endpoints", { url: `${platform.sandboxUrl}/echo/assigned` });
  await make("api-keys", { name: "key", scopes: ["*"] });
  await make("event-types", { name: "thing.made" });
  await make("events", { type: "thing.made", payload: {} });
  await make("verifications", { candidate: { firstName: "Jane", lastName: "Doe", email: "jane@example.test" } });
}

const fill = (path: string): string => path.replace("{tenant}", "acme").replace(/\/([a-z-]+)\/\{(?:id|name|workflowId)\}/, (_, list: string) => `/${list}/${ids[list] ?? "none"}`);
const resolve = (schema: Schema | undefined): Schema | undefined => (schema?.$ref === undefined ? schema : schemas[schema.$ref.split("/").at(-1) ?? ""]);

function exampleOf(operation: Operation): Record<string, unknown> {
  const content = operation.requestBody?.content?.["application/json"];
  return structuredClone((content?.example ?? Object.values(content?.examples ?? {})[0]?.value ?? {}) as Record<string, unknown>);
}

/** Where an object of the body has fields of its own: there none may be added. An event's payload or an endpoint's filter is the caller's. */
function closedPlaces(schema: Schema | undefined, path: (string | number)[] = []): (string | number)[][] {
  const found = resolve(schema);
  if (found === undefined) return [];
  if (found.anyOf !== undefined) return found.anyOf.flatMap((one) => closedPlaces(one, path));
  if (found.items !== undefined) return closedPlaces(found.items, [...path, 0]);
  if (found.properties === undefined && found.additionalProperties !== false) return [];
  return [path, ...Object.entries(found.properties ?? {}).flatMap(([name, one]) => closedPlaces(one, [...path, name]))];
}

/** The body with one more field at the place; undefined where the example has no such object. */
function withField(body: Record<string, unknown>, place: (string | number)[], field: string, value: unknown): unknown {
  const copy = structuredClone(body);
  let at: unknown = copy;
  for (const step of place) at = (at as Record<string, unknown> | undefined)?.[step as string];
  if (typeof at !== "object" || at === null) return undefined;
  (at as Record<string, unknown>)[field] = value;
  return copy;
}

/** What changes by itself is not looked at: when a key was last used. */
async function stored(): Promise<string> {
  const columns = await columnsOf(platform.platform.config.databaseUrl);
  return JSON.stringify(columns.filter(({ name }) => name !== "api_key.last_used_at").map(({ name, bytes }) => [name, bytes.toString().split("\n").toSorted().join("\n")]));
}

describe("A3 mass assignment", () => {
  test("A3 no operation takes a field that is not its own, at any depth, and nothing is changed", async () => {
    const changing = operations.filter(({ method, requestBody }) => (method === "POST" || method === "PATCH") && requestBody?.content?.["application/json"] !== undefined);
    expect(changing.length).toBeGreaterThan(20);
    const before = await stored();
    let tried = 0;
    for (const operation of changing) {
      const schema = operation.requestBody?.content?.["application/json"]?.schema;
      const own = new Map(closedPlaces(schema).map((place) => [JSON.stringify(place), place]));
      expect(own.has("[]"), operation.name).toBe(true);
      for (const place of own.values()) {
        for (const [field, value] of Object.entries(forbidden)) {
          if (isOwn(schema, place, field)) continue;
          const attempt = withField(exampleOf(operation), place, field, value);
          if (attempt === undefined) continue;
          const answer = await platform.request(operation.method, fill(operation.path), { body: attempt });
          const where = `${operation.name} /${[...place, field].join("/")}: ${JSON.stringify(answer.body)}`;
          expect(answer.status, where).toBe(422);
          expect(answer.body.errors.map((error: { path: string }) => error.path), where).toContain(`/${[...place, field].join("/")}`);
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(250);
    expect(await stored()).toBe(before);
    console.log(`A3: ${tried} fields at ${changing.length} operations refused`);
  });

  test("A3 settings, credentials and an upload's fields are closed as well", async () => {
    const before = await stored();
    for (const [field, value] of Object.entries(forbidden)) {
      for (const part of ["settings", "credentials"]) {
        for (const [method, path, more] of [["POST", `${base}/integrations`, { provider: "sumsub", mode: "live" }], ["PATCH", `${base}/integrations/${ids["integrations"]}`, {}]] as const) {
          const answer = await platform.request(method, path, { body: { ...more, [part]: { [field]: value } } });
          expect(answer.status, `${method} ${part}.${field}: ${JSON.stringify(answer.body)}`).toBe(422);
        }
      }
      const form = new FormData();
      for (const [name, text] of Object.entries({ kind: "passport", country: "FR", [field]: String(value) })) form.append(name, text);
      form.append("file", new Blob(["%PDF-1.4\n%%EOF\n"], { type: "application/pdf" }), "passport.pdf");
      const upload = await fetch(`${platform.apiUrl}${base}/verifications/${ids["verifications"]}/documents`, { method: "POST", headers: { authorization: `Bearer ${platform.adminKey}` }, body: form });
      expect(upload.status, `upload ${field}: ${await upload.text()}`).toBe(422);
    }
    expect(await stored()).toBe(before);
  });

  test("A3 a description of an answer has a secret only where one is made, or asked for by name", () => {
    const given = [
      "POST /v1/tenants/{tenant}/api-keys secret", "POST /v1/tenants/{tenant}/api-keys/{id}/rotate secret", "POST /v1/tenants/{tenant}/webhook-endpoints secret",
      "POST /v1/tenants/{tenant}/webhook-endpoints/{id}/secret/rotate secret", "GET /v1/tenants/{tenant}/webhook-endpoints/{id}/secret secret",
      // The chains' own, over what anybody who reads the log can read.
      "GET /v1/tenants/{tenant}/audit-log/verify hash", "GET /v1/audit-log/verify hash",
    ];
    // Last characters and dates, names without values, a date, and the shape of a form.
    const harmless = new Set(["credentials", "secretHeaders", "previousSecretUntil", "credentialsSchema"]);
    const found = operations.flatMap(({ name, responses }) =>
      Object.values(responses).flatMap(({ content }) => Object.values(content ?? {}).flatMap(({ schema }) => fieldsOf(schema))).filter((field) => /secret|password|token|private|credential|hash$|cipher|sealed/i.test(field) && !harmless.has(field)).map((field) => `${name} ${field}`),
    );
    expect([...new Set(found)].sort()).toEqual(given.sort());
  });
});

function fieldsOf(schema: Schema | undefined, seen = new Set<Schema>()): string[] {
  const found = resolve(schema);
  if (found === undefined || seen.has(found)) return [];
  seen.add(found);
  const below = [...(found.anyOf ?? []), ...(found.items === undefined ? [] : [found.items]), ...Object.values(found.properties ?? {}), ...(typeof found.additionalProperties === "object" ? [found.additionalProperties] : [])];
  return [...Object.keys(found.properties ?? {}), ...below.flatMap((one) => fieldsOf(one, seen))];
}

/** An event has an id of its own, a replay's filter a status: those are no trespass. */
function isOwn(schema: Schema | undefined, place: (string | number)[], field: string): boolean {
  const found = resolve(schema);
  if (found === undefined) return false;
  if (found.anyOf !== undefined) return found.anyOf.some((one) => isOwn(one, place, field));
  const [step, ...rest] = place;
  if (step === undefined) return found.properties?.[field] !== undefined;
  return isOwn(typeof step === "number" ? found.items : found.properties?.[step], rest, field);
}
