import { describe, expect, it } from "vitest";
import { fixedClock } from "../../lib/clock.ts";
import type { HttpRequest, HttpResponse } from "../../lib/http.ts";
import { type RawWebhook, verified } from "../contract.ts";
import { backgroundCheck } from "./background-check.ts";
import { createCheckrClient } from "./client.ts";
import { checkrManifest, checkrSettings } from "./manifest.ts";
import { checkrWebhook, signingKey } from "./webhook.ts";

const clock = fixedClock(new Date("2026-01-01T00:00:00Z"));
const order = { candidateReference: "c1", externalId: "bgc_1", packageReference: "driver_pro", workLocation: { country: "US", region: "CA", city: "San Francisco" }, webhookUrl: "" };

type Answer = { status?: number; headers?: Record<string, string>; json?: unknown };

/** Checkr, answering each call in turn. */
function checkrAnswering(...answers: Answer[]) {
  const requests: HttpRequest[] = [];
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      requests.push(request);
      const { status = 200, headers = {}, json = {} } = answers[requests.length - 1] ?? { status: 500 };
      return { status, headers, body: Buffer.from(JSON.stringify(json)) };
    },
  };
  const client = createCheckrClient({ settings: checkrSettings.parse({}), credentials: { apiKey: "key" }, mode: "sandbox", baseUrl: "https://checkr.test/v1", http, clock });
  return { client, check: backgroundCheck(client, clock), requests, lines: () => requests.map(({ method, url }) => `${method} ${url.slice("https://checkr.test/v1".length)}`) };
}

describe("a request", () => {
  it("has the key where Basic has the user, and no password", async () => {
    const { client, requests } = checkrAnswering({ json: { id: "a1" } });
    await client.getAccount();
    expect(requests[0]?.headers?.["authorization"]).toBe(`Basic ${Buffer.from("key:").toString("base64")}`);
  });

  it("goes to the host of its environment", () => {
    expect([{}, { environment: "staging" }].map((settings) => checkrManifest.liveBaseUrl(checkrSettings.parse(settings)))).toEqual(["https://api.checkr.com/v1", "https://api.checkr-staging.com/v1"]);
  });

  it("is told by Checkr when its limit's minute ends", async () => {
    const { client } = checkrAnswering({ status: 429, headers: { "x-ratelimit-reset": "2026-01-01T00:00:41.500Z" } }, { status: 429 }, { status: 429, headers: { "x-ratelimit-reset": "soon" } });
    await expect(client.getAccount()).rejects.toMatchObject({ kind: "rate_limited", retryAfterMs: 42_000 });
    for (let call = 0; call < 2; call += 1) await expect(client.getAccount()).rejects.toMatchObject({ kind: "rate_limited", retryAfterMs: undefined });
  });

  it("comes again when the same one is still at work, and only then", async () => {
    const { client } = checkrAnswering({ status: 409 }, { status: 409 });
    await expect(client.createCandidate({}, "k")).rejects.toMatchObject({ kind: "unavailable", retryAfterMs: 2_000 });
    await expect(client.getAccount()).rejects.toMatchObject({ kind: "invalid" });
  });

  it("reads every page of a list, and an end to one that has none", async () => {
    const page = (id: string, next: string | null) => ({ json: { data: [{ slug: id, name: id }], next_href: next } });
    const { check, lines } = checkrAnswering(page("a", "/more"), page("b", null));
    expect((await check.listPackages()).map(({ reference }) => reference)).toEqual(["a", "b"]);
    expect(lines()).toEqual(["GET /packages?page=1&per_page=100", "GET /packages?page=2&per_page=100"]);
    const endless = checkrAnswering(...Array.from({ length: 50 }, () => page("a", "/more")));
    await endless.check.listPackages();
    expect(endless.requests).toHaveLength(20);
  });
});

describe("an order", () => {
  it("says what is wanted and where the work is done", async () => {
    const { check, requests, lines } = checkrAnswering({ json: { data: [] } }, { status: 201, json: { id: "i1", status: "pending", package: "driver_pro", invitation_url: "https://apply.checkr.com/x" } });
    expect(await check.invite(order)).toMatchObject({ order: { kind: "invitation", reference: "i1" }, url: "https://apply.checkr.com/x", expiresAt: null });
    expect(lines()).toEqual(["GET /invitations?candidate_id=c1&page=1&per_page=100", "POST /invitations"]);
    expect(JSON.parse(String(requests[1]?.body))).toEqual({ candidate_id: "c1", package: "driver_pro", work_locations: [{ country: "US", state: "CA", city: "San Francisco" }] });
  });

  it("has the same key for each attempt, and another after one that came to nothing", async () => {
    const old = { id: "i0", status: "expired", package: "driver_pro" };
    const made = { status: 201, json: { id: "i1", status: "pending", package: "driver_pro" } };
    const keys: unknown[] = [];
    for (const present of [[], [], [old]]) {
      const { check, requests } = checkrAnswering({ json: { data: present } }, made);
      await check.invite(order);
      keys.push(requests[1]?.headers?.["idempotency-key"]);
    }
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("finds a candidate by our id and never takes another's", async () => {
    const { check, lines } = checkrAnswering({ json: { data: [{ id: "c9", custom_id: "bgc_10" }, { id: "c1", custom_id: "bgc_1" }] } });
    const candidate = { externalId: "bgc_1", firstName: "Jane", lastName: "Doe", email: "jane@example.test" };
    expect(await check.createCandidate(candidate)).toEqual({ reference: "c1" });
    expect(lines()).toEqual(["GET /candidates?custom_id=bgc_1&page=1&per_page=100"]);
    const made = checkrAnswering({ json: { data: [{ id: "c9", custom_id: "bgc_10" }] } }, { status: 201, json: { id: "c2" } });
    expect(await made.check.createCandidate(candidate)).toEqual({ reference: "c2" });
  });

  it.each([
    { firstName: "Zoë", lastName: "O'Neil-Ruíz", name: { first_name: "Zoë", last_name: "O'Neil-Ruíz" } },
    { firstName: "Łukasz", lastName: "Nowak", name: {} }, { firstName: "伟", lastName: "李", name: {} }, { firstName: "Ann", lastName: "O", name: {} },
  ])("names $firstName $lastName only as far as Checkr can write it", async ({ firstName, lastName, name }) => {
    const { check, requests } = checkrAnswering({ json: { data: [] } }, { status: 201, json: { id: "c2" } });
    await check.createCandidate({ externalId: "bgc_1", firstName, lastName, email: "jane@example.test", phone: "2035551234", birthDate: "1990-01-31" });
    expect(JSON.parse(String(requests[1]?.body))).toEqual({ custom_id: "bgc_1", ...name, email: "jane@example.test", phone: "2035551234", dob: "1990-01-31" });
  });

  it("is cancelled though the candidate was quicker", async () => {
    const pending = { id: "i1", status: "pending", package: "p" };
    const { check, lines } = checkrAnswering({ json: pending }, { status: 400 }, { json: { ...pending, status: "completed", report_id: "r1" } }, { json: { id: "r1", status: "pending" } }, { json: { id: "r1", status: "complete" } });
    await check.cancel?.({ order: { kind: "invitation", reference: "i1" } });
    expect(lines().at(-1)).toBe("POST /reports/r1/complete");
  });
});

describe("news", () => {
  const parse = (object: unknown) => {
    const verdict = verified({ method: "POST", url: "", headers: {}, body: Buffer.from(JSON.stringify({ id: "e1", type: "x.y", data: { object } })) } as RawWebhook);
    if (!verdict.ok) throw new Error("not verified");
    return checkrWebhook.parse(verdict.webhook)[0]?.about;
  };

  it.each([
    { object: { id: "c1", object: "candidate" }, about: { kind: "candidate", reference: "c1" } },
    { object: { id: "i1", object: "invitation", candidate_id: "c1" }, about: { kind: "candidate", reference: "c1" } },
    { object: { id: "r1", object: "report", candidate_id: "c1" }, about: { kind: "candidate", reference: "c1" } },
    { object: { id: "r1", object: "report" }, about: { kind: "report", reference: "r1" } },
    { object: { id: "i1", object: "invitation" }, about: { kind: "invitation", reference: "i1" } },
    { object: { id: "v1", object: "verification", report_id: "r1" }, about: { kind: "report", reference: "r1" } },
    { object: { id: "a1", object: "account" }, about: null },
    { object: undefined, about: null },
  ])("about $object belong to $about", ({ object, about }) => {
    expect(parse(object)).toEqual(about);
  });

  it("of a partner's accounts are believed by the application's secret alone", () => {
    expect(signingKey({ apiKey: "token", webhookKey: "secret" }, { authentication: "partner_oauth" })).toBe("secret");
    expect(signingKey({ apiKey: "token" }, { authentication: "partner_oauth" })).toBe("");
    expect(signingKey({ apiKey: "key", webhookKey: "" }, { authentication: "api_key" })).toBe("key");
    const raw: RawWebhook = { method: "POST", url: "", headers: { "x-checkr-signature": "0".repeat(64) }, body: Buffer.from("{}") };
    const settings = checkrSettings.parse({ authentication: "partner_oauth" });
    expect(checkrWebhook.verify(raw, { credentials: [{ apiKey: "token" }], settings, now: new Date() })).toEqual({ ok: false, reason: "no_secret" });
  });
});
