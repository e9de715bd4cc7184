import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform, type TestPlatform } from "../support/platform.ts";

// Every operation below /v1 is tried, as the API's own description names them: a new route is tested when it is added.

interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  properties?: Record<string, unknown>;
}

interface Operation {
  method: string;
  path: string;
  summary?: string;
  description?: string;
  requestBody?: { content?: Record<string, { schema?: Schema; example?: Record<string, unknown>; examples?: Record<string, { value: Record<string, unknown> }> }> };
}

let platform: TestPlatform;
let operations: Operation[];
let schemas: Record<string, Schema>;
let bareKey: string;
let otherKey: string;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
  for (const id of ["acme", "other"]) await platform.request("POST", "/v1/tenants", { body: { id, name: id } });
  bareKey = (await platform.request("POST", "/v1/tenants/acme/api-keys", { body: { name: "bare", scopes: ["codec:decode"] } })).body.secret;
  otherKey = (await platform.request("POST", "/v1/tenants/other/api-keys", { body: { name: "other", scopes: ["*"] } })).body.secret;
  const { body } = await platform.request("GET", "/openapi.json");
  schemas = body.components.schemas;
  operations = Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method: method.toUpperCase(), path })),
  );
});

afterAll(() => platform.stop());

const below = (): Operation[] => operations.filter((operation) => operation.path.startsWith("/v1/"));
const ofTenants = (): Operation[] => below().filter((operation) => operation.path.includes("{tenant}"));
const withJson = (): Operation[] => below().filter((operation) => operation.requestBody?.content?.["application/json"] !== undefined);

function bodyOf(operation: Operation): { example: Record<string, unknown> | undefined; fields: string[] } {
  const content = operation.requestBody?.content?.["application/json"];
  const resolve = (schema: Schema | undefined): Schema | undefined => (schema?.$ref === undefined ? schema : schemas[schema.$ref.split("/").at(-1) ?? ""]);
  const schema = resolve(content?.schema);
  const example = content?.example ?? Object.values(content?.examples ?? {})[0]?.value;
  return { example, fields: Object.keys((schema?.properties ?? resolve(schema?.anyOf?.[0])?.properties) ?? {}) };
}

const fill = (path: string): string => path.replace("{tenant}", "acme").replaceAll(/\{[^}]+\}/g, "none");
const send = (operation: Operation, options: { key?: string | null; body?: unknown } = {}) => platform.request(operation.method, fill(operation.path), options);

function expectProblem(answer: Awaited<ReturnType<typeof send>>, status: number, where: string): void {
  expect(answer.status, `${where}: ${JSON.stringify(answer.body)}`).toBe(status);
  expect(answer.headers.get("content-type"), where).toMatch(/^application\/problem\+json/);
  expect(answer.body, where).toMatchObject({ type: expect.stringContaining("https://"), title: expect.any(String), status, detail: expect.any(String), code: expect.any(String) });
  expect(answer.body.requestId, where).toBe(answer.headers.get("x-request-id"));
  expect(JSON.stringify(answer.body), where).not.toMatch(/node_modules|\.ts:\d|at async|prisma|SELECT /i);
}

async function eachOf(list: Operation[], check: (operation: Operation, where: string) => Promise<void>): Promise<void> {
  expect(list.length).toBeGreaterThan(5);
  for (const operation of list) await check(operation, `${operation.method} ${operation.path}`);
}

async function rowCounts(): Promise<string> {
  const tables = ["tenant", "api_key", "integration", "event_type", "webhook_endpoint", "webhook_event", "webhook_delivery", "verification", "candidate", "audit_entry", "outbox_command", "inbound_event"];
  const { rows } = await platform.owner.query(tables.map((table) => `SELECT '${table}' AS t, count(*)::int AS n FROM ${table}`).join(" UNION ALL "));
  return JSON.stringify(rows.sort((a, b) => (a.t < b.t ? -1 : 1)));
}

describe("every operation", () => {
  test("is described, with examples of its body", async () => {
    await eachOf(below(), async (operation, where) => {
      expect(operation.summary, where).toBeTruthy();
      expect(operation.description, where).toBeTruthy();
    });
    for (const operation of withJson()) {
      const { example, fields } = bodyOf(operation);
      if (fields.length > 0) expect(example, `${operation.method} ${operation.path}`).toBeDefined();
    }
  });

  test("asks for a valid key", async () => {
    await eachOf(below(), async (operation, where) => {
      for (const key of [null, "wrong", `wsk_${"a".repeat(12)}_${"b".repeat(49)}`]) {
        const answer = await send(operation, { key });
        expectProblem(answer, 401, where);
        expect(answer.headers.get("www-authenticate")).toBe("Bearer");
      }
    });
  });

  test("names the scope that a key lacks", async () => {
    await eachOf(ofTenants(), async (operation, where) => {
      const answer = await send(operation, { key: bareKey });
      expectProblem(answer, 403, where);
      expect(answer.body.detail, where).toMatch(/the scope "[a-z-]+:(read|write)"/);
    });
  });

  test("hides other tenants", async () => {
    await eachOf(ofTenants(), async (operation, where) => expectProblem(await send(operation, { key: otherKey }), 404, where));
  });

  test("answers 404 for an id that is not there, whatever its shape", async () => {
    const readers = ofTenants().filter((operation) => operation.method === "GET" && operation.path.split("{").length > 2);
    await eachOf(readers, async (operation, where) => {
      for (const id of ["none", "%00", "..%2f..%2fetc", "key_01jdmz8v5ye2f9m4r6sgk3x7qa", "%F0%9F%92%A9"]) {
        const path = operation.path.replace("{tenant}", "acme").replaceAll(/\{[^}]+\}/g, id);
        expectProblem(await platform.request("GET", path), 404, `${where} ${id}`);
      }
    });
  });
});

describe("bad input changes nothing", () => {
  const bad: [string, unknown, number][] = [
    ["malformed JSON", "{", 400],
    ["an unknown field", { surprise: 1 }, 422],
    ["a list for an object", [], 422],
    ["a number for an object", 7, 422],
    ["NUL", { name: "a\u0000b" }, 422],
    ["a lone surrogate", '{"name":"\\ud800"}', 422],
    ["deep nesting", `${'{"a":'.repeat(80)}1${"}".repeat(80)}`, 422],
  ];

  test.each(bad)("%s", async (_name, body, status) => {
    const before = await rowCounts();
    await eachOf(withJson(), async (operation, where) => expectProblem(await send(operation, { body }), status, where));
    expect(await rowCounts()).toBe(before);
  });

  test("wrong types of every field", async () => {
    const before = await rowCounts();
    await eachOf(withJson(), async (operation, where) => {
      const { example, fields } = bodyOf(operation);
      for (const name of fields) {
        const answer = await send(operation, { body: { ...example, [name]: { wrong: [1] } } });
        if (name === "payload" || name === "settings" || name === "credentials" || name === "headers" || name === "schema" || name === "example") continue;
        expectProblem(answer, 422, `${where} ${name}`);
        expect(answer.body.errors.some((error: { path: string }) => error.path.startsWith(`/${name}`)), `${where} ${name}: ${JSON.stringify(answer.body.errors)}`).toBe(true);
      }
    });
    // The free-form fields take any object: only there something may have been written.
    const kinds = (text: string) => JSON.parse(text).filter((row: { t: string }) => !/event|delivery|audit|endpoint|integration/.test(row.t));
    expect(kinds(await rowCounts())).toEqual(kinds(before));
  });
});

describe("HTTP", () => {
  test("405 names what is allowed", async () => {
    const answer = await platform.request("PUT", "/v1/tenants/acme/events");
    expectProblem(answer, 405, "PUT events");
    expect(answer.headers.get("allow")).toMatch(/GET/);
    expect(answer.headers.get("allow")).toMatch(/POST/);
  });

  test("413 and 415", async () => {
    const large = { type: "application.created", payload: { text: "x".repeat(1_100_000) } };
    expectProblem(await platform.request("POST", "/v1/tenants/acme/events", { body: large }), 413, "large");
    for (const type of ["text/plain", "application/xml", "application/x-www-form-urlencoded"]) {
      expectProblem(await platform.request("POST", "/v1/tenants/acme/events", { body: "{}", headers: { "content-type": type } }), 415, type);
    }
  });

  test("unknown addresses and query parameters", async () => {
    expectProblem(await platform.request("GET", "/v1/nothing"), 404, "nothing");
    for (const query of ["limit=0", "limit=251", "limit=x", "surprise=1", "cursor=%00", "cursor=abc"]) {
      expectProblem(await platform.request("GET", `/v1/tenants/acme/api-keys?${query}`), 422, query);
    }
  });
});
