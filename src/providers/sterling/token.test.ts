import { expect, it } from "vitest";
import type { HttpRequest, HttpResponse } from "../../lib/http.ts";
import { createSterlingClient } from "./client.ts";

const start = new Date("2026-01-01T00:00:00Z").getTime();

/** Sterling with tokens t1, t2, … of one hour; `accepts` says which of them it takes. */
function sterling(accepts: (token: string) => boolean = () => true, oauth: { status: number } = { status: 200 }) {
  const asked: string[] = [];
  let tokens = 0;
  let nowMs = start;
  const http = {
    async request({ url, headers = {} }: HttpRequest): Promise<HttpResponse> {
      const answer = (status: number, json: unknown) => ({ status, headers: {}, body: Buffer.from(JSON.stringify(json)) });
      asked.push(`${url.slice("https://sterling.test".length)} ${headers["authorization"]?.split(" ")[0] ?? ""}`);
      if (url.endsWith("/oauth")) return answer(oauth.status, { access_token: `t${(tokens += 1)}`, token_type: "Bearer", expires_in: "3600" });
      return accepts(headers["authorization"]?.slice("Bearer ".length) ?? "") ? answer(200, []) : answer(401, { errors: [{ code: "401#unauthorized", message: "no" }] });
    },
  };
  const clock = { now: () => new Date(nowMs) };
  const credentials = { clientId: "id", clientSecret: "secret", callbackSecret: "c".repeat(32) };
  const open = (clientSecret = "secret") =>
    createSterlingClient({ settings: { apiHost: "api.us.sterlingcheck.app" }, credentials: { ...credentials, clientSecret }, mode: "sandbox", baseUrl: "https://sterling.test", http, clock });
  return { open, asked, oauth, tokens: () => tokens, pass: (ms: number) => (nowMs += ms) };
}

it("keeps a token over connections until a minute before its end", async () => {
  const vendor = sterling();
  await vendor.open().listPackages();
  vendor.pass(58 * 60_000);
  await vendor.open().listPackages();
  expect(vendor.tokens()).toBe(1);
  vendor.pass(61_000);
  await Promise.all([vendor.open().listPackages(), vendor.open().listPackages()]);
  expect(vendor.tokens()).toBe(2);
});

it("answers one refusal of a token with a new one, and no more than one", async () => {
  const vendor = sterling((token) => token !== "t1");
  await vendor.open().listPackages();
  expect(vendor.asked).toEqual(["/oauth Basic", "/packages Bearer", "/oauth Basic", "/packages Bearer"]);
  const closed = sterling(() => false);
  await expect(closed.open().listPackages()).rejects.toMatchObject({ kind: "auth" });
  expect(closed.tokens()).toBe(2);
});

it("gives other credentials another token", async () => {
  const vendor = sterling();
  await vendor.open().listPackages();
  await vendor.open("rotated").listPackages();
  expect(vendor.tokens()).toBe(2);
});

it("forgets a failed attempt", async () => {
  const vendor = sterling(() => true, { status: 503 });
  await expect(vendor.open().listPackages()).rejects.toMatchObject({ kind: "unavailable" });
  vendor.oauth.status = 200;
  await vendor.open().listPackages();
  expect(vendor.tokens()).toBe(2);
});
