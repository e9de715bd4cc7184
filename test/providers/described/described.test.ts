import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildSandbox } from "../../../sandbox/app.ts";
import type { HttpTransport } from "../../../src/lib/http.ts";
import { createHttpTransport } from "../../../src/lib/http-transport.ts";
import { createLogger } from "../../../src/lib/logger.ts";
import type { OnfidoCredentials } from "../../../src/providers/onfido/manifest.ts";
import { findProvider } from "../../../src/providers/registry.ts";
import { sandboxCredentialsFor } from "../../../src/providers/sandbox-credentials.ts";
import { ApiDescription, type Exchange } from "../../support/api-description.ts";
import { tourOnfido } from "./onfido-tour.ts";

// What our client sends and our stand-in answers, held against the vendor's own description where that is at hand:
// VENDOR_DESCRIPTIONS names a folder with {slug}.json in it. Descriptions are the vendors' and no part of this project.

const sharedSecret = "described";
const logger = createLogger({ level: "silent", process: "test" });

let dataDir: string;
let sandbox: Awaited<ReturnType<typeof buildSandbox>>;
let transport: HttpTransport & { close(): Promise<void> };
const exchanges: Exchange[] = [];

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "described-"));
  sandbox = await buildSandbox({ dataDir, stepMs: 10, logger, sharedSecret, production: false });
  const base = `${await sandbox.app.listen({ host: "127.0.0.1", port: 0 })}/onfido`;
  transport = createHttpTransport({ logger });
  const provider = findProvider("onfido");
  if (provider === undefined) throw new Error("no onfido");
  const http: HttpTransport = {
    async request(request) {
      const response = await transport.request(request);
      const body = Buffer.isBuffer(request.body) ? { body: request.body } : {};
      exchanges.push({ method: request.method, pathWithQuery: request.url.slice(`${base}/v3.6`.length), contentType: request.headers?.["content-type"], ...body, status: response.status, answer: response.body });
      return response;
    },
  };
  await tourOnfido({ baseUrl: base, credentials: sandboxCredentialsFor(provider, "tour", sharedSecret) as OnfidoCredentials, http });
});

afterAll(async () => {
  await transport.close();
  await sandbox.close();
  await rm(dataDir, { recursive: true, force: true });
});

function descriptionOf(slug: string): { document?: Record<string, unknown>; reason: string } {
  const folder = process.env["VENDOR_DESCRIPTIONS"];
  if (!folder) return { reason: "VENDOR_DESCRIPTIONS names no folder" };
  const file = join(folder, `${slug}.json`);
  return existsSync(file) ? { document: JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>, reason: "" } : { reason: `there is no ${file}` };
}

describe("onfido", () => {
  it("calls these routes and no others", () => {
    const routes = new Set(exchanges.map(({ method, pathWithQuery }) => `${method} ${(pathWithQuery.split("?")[0] ?? "").replaceAll(/[0-9a-f-]{36}/g, "{id}")}`));
    expect([...routes].toSorted()).toEqual([
      "GET /applicants", "GET /applicants/{id}", "GET /checks", "GET /documents", "GET /live_photos", "GET /reports", "GET /webhooks", "GET /workflow_runs",
      "POST /applicants", "POST /checks", "POST /documents", "POST /live_photos", "POST /sdk_token", "POST /webhooks", "POST /workflow_runs", "PUT /webhooks/{id}",
    ]);
    expect(exchanges.filter(({ status }) => status >= 300)).toEqual([]);
  });

  const { document, reason } = descriptionOf("onfido");
  it.skipIf(document === undefined)(`sends and answers only what the vendor describes${reason === "" ? "" : ` (skipped: ${reason})`}`, async () => {
    const description = new ApiDescription(document ?? {});
    const problems = await Promise.all(exchanges.map((exchange) => description.problemsOf(exchange)));
    expect([...new Set(problems.flat())]).toEqual([]);
  });
});

describe("holding an exchange against a description", () => {
  const text = { type: "string" };
  const description = new ApiDescription({
    paths: {
      "/people": {
        post: { requestBody: { content: { "application/json": { schema: { allOf: [{ $ref: "#/components/schemas/person" }, { required: ["name"] }] } } } }, responses: { 201: { content: { "application/json": { schema: { $ref: "#/components/schemas/person" } } } } } },
        get: { parameters: [{ in: "query", name: "page", schema: { type: "integer" } }, { in: "query", name: "team", required: true, schema: text }], responses: { 200: {} } },
      },
      "/people/{id}/picture": { post: { requestBody: { content: { "multipart/form-data": { schema: { type: "object", properties: { file: { type: "string", format: "binary" } }, required: ["file"] } } } }, responses: { 201: {} } } },
    },
    components: { schemas: { person: { type: "object", properties: { name: text, tags: { type: "array", items: { type: "object", properties: { label: text } } } } } } },
  });
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const made = (body: unknown, more: Partial<Exchange> = {}): Exchange => ({ method: "POST", pathWithQuery: "/people", contentType: "application/json", body: json(body), status: 201, answer: json({ name: "Jane" }), ...more });
  const listed = (query: string): Exchange => ({ method: "GET", pathWithQuery: `/people?${query}`, status: 200, answer: json({}) });

  it.each<{ what: string; exchange: Exchange; problem: RegExp | null }>([
    { what: "what is as described", exchange: made({ name: "Jane", tags: [{ label: "x" }] }), problem: null },
    { what: "a field that is missing", exchange: made({}), problem: /required property 'name'/ },
    { what: "a field of another type", exchange: made({ name: { first: "Jane" } }), problem: /name must be string/ },
    { what: "a field that is not described", exchange: made({ name: "Jane", nmae: "Jane" }), problem: /\/nmae is not described/ },
    { what: "one deeper in", exchange: made({ name: "Jane", tags: [{ lable: "x" }] }), problem: /\/tags\/0\/lable is not described/ },
    { what: "another kind of body", exchange: made({ name: "Jane" }, { contentType: "text/plain" }), problem: /sends text\/plain/ },
    { what: "an answer in another form", exchange: made({ name: "Jane" }, { answer: json({ name: [] }) }), problem: /the answer 201: .*name must be string/ },
    { what: "a status that is not described", exchange: made({ name: "Jane" }, { status: 202 }), problem: /the answer 202 is not described/ },
    { what: "a path that is not described", exchange: made({}, { pathWithQuery: "/person" }), problem: /POST \/person is not described/ },
    { what: "a query that is as described", exchange: listed("page=2&team=a"), problem: null },
    { what: "a query of another type", exchange: listed("page=two&team=a"), problem: /the query page .*must be integer/ },
    { what: "a query that is missing", exchange: listed("page=2"), problem: /the query team is missing/ },
    { what: "a query that is not described", exchange: listed("team=a&limit=5"), problem: /the query limit is not described/ },
    { what: "a form without its file", exchange: made({}, { pathWithQuery: "/people/1/picture", contentType: "multipart/form-data; boundary=b", body: Buffer.from('--b\r\ncontent-disposition: form-data; name="flie"\r\n\r\nx\r\n--b--\r\n') }), problem: /required property 'file'.*\/flie is not described/ },
  ])("notices $what", async ({ exchange, problem }) => {
    const problems = (await description.problemsOf(exchange)).join(" · ");
    if (problem === null) expect(problems).toBe("");
    else expect(problems).toMatch(problem);
  });
});
