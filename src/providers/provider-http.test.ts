import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type HttpResponse, type HttpTransport, HttpTransportError } from "../lib/http.ts";
import { callProvider, type ProviderCall, readRetryAfter } from "./provider-http.ts";

const SECRET = "jane.doe@example.test";

const schema = z.object({ id: z.string(), status: z.enum(["new"]).optional() });
type More = Pick<ProviderCall<z.output<typeof schema>>, "refusalCode" | "whenRefused">;

function call(answer: Partial<HttpResponse> | Error, more: More = {}) {
  const http: HttpTransport = {
    async request() {
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: Buffer.from("{}"), ...answer };
    },
  };
  return callProvider({
    provider: { slug: "acme", name: "Acme" },
    call: "creating the applicant",
    http,
    request: { method: "POST", url: `https://api.example.test/applicants?email=${SECRET}`, body: SECRET },
    schema,
    ...more,
  });
}

async function failure(answer: Partial<HttpResponse> | Error, more: More = {}) {
  return call(answer, more).then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => error as Error & Record<string, unknown>,
  );
}

describe("callProvider", () => {
  it("gives what the schema names", async () => {
    expect(await call({ body: Buffer.from('{"id":"a","more":1}') })).toEqual({ id: "a" });
  });

  it.each([
    [400, "invalid"], [401, "auth"], [403, "auth"], [404, "not_found"], [409, "invalid"], [422, "invalid"], [429, "rate_limited"],
    [410, "not_found"], [413, "invalid"], [408, "unavailable"], [500, "unavailable"], [503, "unavailable"], [302, "unexpected"], [418, "unexpected"],
  ])("takes %i for %s", async (status, kind) => {
    const error = await failure({ status, body: Buffer.from(SECRET) });
    expect(error).toMatchObject({ name: "ProviderError", provider: "acme", kind, status });
    expect(error.message).toBe(`Acme answered ${status} to creating the applicant`);
  });

  it("takes a conflict that names a time for one that passes", async () => {
    expect(await failure({ status: 409, headers: { "retry-after": "10" } })).toMatchObject({ kind: "unavailable", retryAfterMs: 10_000 });
  });

  it("names the vendor's code, and nothing that is no code", async () => {
    const refused = (errorName: string) =>
      failure({ status: 400, body: Buffer.from(JSON.stringify({ errorName })) }, { refusalCode: (body) => (body as { errorName: string }).errorName });
    expect((await refused("file-too-big")).message).toBe("Acme answered 400 to creating the applicant (file-too-big)");
    expect((await refused(`no room for ${SECRET}`)).message).toBe("Acme answered 400 to creating the applicant");
  });

  it("gives an answer to a refusal that is none", async () => {
    const whenRefused = ({ status }: { status: number }) => (status === 409 ? { id: "known" } : undefined);
    expect(await call({ status: 409 }, { whenRefused })).toEqual({ id: "known" });
    expect(await failure({ status: 400 }, { whenRefused })).toMatchObject({ kind: "invalid" });
  });

  it("keeps Retry-After where it helps", async () => {
    expect(await failure({ status: 429, headers: { "retry-after": "7" } })).toMatchObject({ retryAfterMs: 7_000 });
    expect(await failure({ status: 429 })).toMatchObject({ retryAfterMs: undefined });
    expect(await failure({ status: 400, headers: { "retry-after": "7" } })).toMatchObject({ retryAfterMs: undefined });
  });

  it.each([
    { name: "not JSON", body: `<html>${SECRET}` },
    { name: "nothing", body: "" },
    { name: "another form", body: JSON.stringify({ id: { email: SECRET } }) },
    { name: "an unknown value", body: JSON.stringify({ id: "a", status: SECRET }) },
  ])("says nothing of a body that is $name", async ({ body }) => {
    const error = await failure({ body: Buffer.from(body) });
    expect(error).toMatchObject({ kind: "unexpected", status: 200 });
    expect(`${error.message} ${String(error.cause)}`).not.toContain(SECRET);
  });

  it("takes a lost answer for unavailable, and lets faults of our own through", async () => {
    const error = await failure(new HttpTransportError("no answer from api.example.test (ECONNREFUSED)"));
    expect(error).toMatchObject({ kind: "unavailable", status: undefined });
    expect(await failure(new TypeError("a bug"))).toBeInstanceOf(TypeError);
  });
});

describe("readRetryAfter", () => {
  const now = new Date("2026-01-01T00:00:00Z");

  it.each([
    ["0", 0], ["90", 90_000], [" 5 ", 5_000], ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000], ["Wed, 31 Dec 2025 23:00:00 GMT", 0],
    ["999999999", 3_600_000], ["soon", undefined], ["", undefined], ["-5", undefined], [undefined, undefined],
  ])("reads %j as %j", (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});
