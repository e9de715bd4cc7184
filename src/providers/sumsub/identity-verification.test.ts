import { describe, expect, it } from "vitest";
import { fixedClock } from "../../lib/clock.ts";
import type { HttpRequest, HttpResponse } from "../../lib/http.ts";
import type { Applicant } from "../contract.ts";
import { createSumsubClient } from "./client.ts";
import { decisionFrom, reasonsFromLabels } from "./decision.ts";
import { identityVerification } from "./identity-verification.ts";
import { levelFor, requireLevels } from "./levels.ts";
import { sumsubSettings } from "./manifest.ts";
import { signRequest } from "./signing.ts";
import { webhookSubscription, webhookTypes } from "./webhook-subscription.ts";

const BASE = "https://sandbox.example.test/sumsub";
const credentials = { appToken: "sbx:token", secretKey: "key", webhookSecret: "hook-secret" };
const settings = sumsubSettings.parse({ levelName: "level one&two" });

type Answer = { status?: number; headers?: Record<string, string>; json?: unknown };

/** Sumsub, answering each call in turn. */
function sumsubAnswering(...answers: Answer[]) {
  const requests: HttpRequest[] = [];
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      requests.push(request);
      const answer = answers[requests.length - 1] ?? { status: 500 };
      return { status: answer.status ?? 200, headers: answer.headers ?? {}, body: Buffer.from(JSON.stringify(answer.json ?? {})) };
    },
  };
  const clock = fixedClock(new Date("2026-01-01T00:00:00.900Z"));
  const client = createSumsubClient({ settings, credentials, mode: "sandbox", baseUrl: BASE, http, clock });
  const sent = (n: number) => {
    const request = requests[n];
    if (!request) throw new Error(`there was no request ${n}`);
    return { ...request, line: `${request.method} ${request.url.slice(BASE.length)}`, body: request.body as Buffer | undefined };
  };
  return { client, identity: identityVerification(client, settings), webhooks: webhookSubscription(client, { settings, credentials }), requests, sent };
}

const applicant: Applicant = {
  externalId: "ver_1/é",
  firstName: "Jane",
  lastName: "Doe",
  email: "jane@example.test",
  country: "DE",
  birthDate: "1990-01-31",
  checks: ["identity"],
};

describe("createApplicant", () => {
  it("sends what Sumsub knows a person by, signed as it is sent", async () => {
    const { identity, sent } = sumsubAnswering({ status: 201, json: { id: "64f0", review: { reviewStatus: "init" } } });
    expect(await identity.createApplicant(applicant)).toEqual({ reference: "64f0" });
    const { line, headers, body } = sent(0);
    expect(line).toBe("POST /resources/applicants?levelName=level%20one%26two");
    expect(JSON.parse(String(body))).toEqual({
      externalUserId: "ver_1/é",
      email: "jane@example.test",
      fixedInfo: { firstName: "Jane", lastName: "Doe", dob: "1990-01-31", country: "DEU" },
    });
    expect(headers).toMatchObject({ "x-app-token": "sbx:token", "x-app-access-ts": "1767225600" });
    expect(headers?.["x-app-access-sig"]).toBe(
      signRequest({
        secretKey: "key",
        timestamp: 1767225600,
        method: "POST",
        pathWithQuery: "/resources/applicants?levelName=level%20one%26two",
        body,
      }),
    );
  });

  it("finds the applicant that an earlier call made", async () => {
    const { identity, sent } = sumsubAnswering({ status: 409 }, { json: { id: "64f0" } });
    expect(await identity.createApplicant(applicant)).toEqual({ reference: "64f0" });
    expect(sent(1).line).toBe("GET /resources/applicants/-;externalUserId=ver_1%2F%C3%A9/one");
  });

  it("passes other refusals on", async () => {
    await expect(sumsubAnswering({ status: 400 }).identity.createApplicant(applicant)).rejects.toMatchObject({
      kind: "invalid",
      message: "Sumsub answered 400 to creating the applicant",
    });
  });

  it("refuses a country that does not exist, and an id that is none", async () => {
    const unknownCountry = sumsubAnswering();
    await expect(unknownCountry.identity.createApplicant({ ...applicant, country: "XX" })).rejects.toMatchObject({ kind: "invalid" });
    expect(unknownCountry.requests).toEqual([]);
    const { identity } = sumsubAnswering({ json: { id: "../../admin" } });
    await expect(identity.createApplicant(applicant)).rejects.toMatchObject({ kind: "unexpected" });
  });
});

describe("createInvitation", () => {
  it("asks for a link with our id, the level and the time", async () => {
    const { identity, sent } = sumsubAnswering({ json: { url: "https://in.sumsub.com/websdk/p/x" } });
    const invitation = await identity.createInvitation({ reference: "64f0", externalId: "ver_1", ttlSeconds: 600, checks: ["identity"] });
    expect(invitation).toEqual({ url: "https://in.sumsub.com/websdk/p/x" });
    expect(sent(0).line).toBe("POST /resources/sdkIntegrations/levels/-/websdkLink");
    expect(JSON.parse(String(sent(0).body))).toEqual({ levelName: "level one&two", userId: "ver_1", ttlInSecs: 600 });
  });

  it("hands on no link that is not http", async () => {
    const { identity } = sumsubAnswering({ json: { url: "javascript:alert(1)" } });
    const invitation = identity.createInvitation({ reference: "64f0", externalId: "ver_1", ttlSeconds: 600, checks: ["identity"] });
    await expect(invitation).rejects.toMatchObject({ kind: "unexpected" });
  });
});

describe("createSdkToken", () => {
  it("asks for a token of the candidate's, for as long as the invitation", async () => {
    const { identity, sent } = sumsubAnswering({ json: { token: "_act-1", userId: "ver_1" } });
    expect(await identity.createSdkToken?.({ reference: "64f0", externalId: "ver_1", ttlSeconds: 600, checks: ["identity"] })).toEqual({ token: "_act-1" });
    expect(sent(0).line).toBe("POST /resources/accessTokens/sdk");
    expect(JSON.parse(String(sent(0).body))).toEqual({ levelName: "level one&two", userId: "ver_1", ttlInSecs: 600 });
  });
});

describe("the level", () => {
  const levels = sumsubSettings.parse({ levelName: "basic", addressLevelName: "address", watchlistLevelName: "watchlist" });

  it("is the one for the checks that are asked for", () => {
    expect(levelFor(["identity", "document"], levels)).toBe("basic");
    expect(levelFor(["identity", "address"], levels)).toBe("address");
    expect(levelFor(["address", "watchlist"], levels)).toBe("watchlist");
    expect(levelFor(["address", "watchlist"], sumsubSettings.parse({ levelName: "basic" }))).toBe("basic");
  });

  it("has to exist, if the token may look", async () => {
    const list = (...names: string[]) => ({ json: { list: { items: names.map((name) => ({ id: "l", name })) } } });
    await requireLevels(sumsubAnswering(list("basic", "address", "watchlist", "another")).client, levels);
    await requireLevels(sumsubAnswering({ status: 403 }).client, levels);
    await expect(requireLevels(sumsubAnswering(list("basic", "address")).client, levels)).rejects.toMatchObject({ kind: "invalid", message: 'Sumsub has no level named "watchlist"' });
    await expect(requireLevels(sumsubAnswering({ status: 503 }).client, levels)).rejects.toMatchObject({ kind: "unavailable" });
  });
});

describe("submitDocument", () => {
  const content = Buffer.from([0x89, 0x50, 0x0d, 0x0a, 0xff]);
  const document = { kind: "id_card", country: "FR", side: "back", fileName: 'id "1"\r\n.png', contentType: "image/png", content } as const;

  it("sends metadata and bytes in one signed body", async () => {
    const { identity, sent } = sumsubAnswering({ headers: { "x-image-id": "777" }, json: { idDocType: "ID_CARD" } });
    expect(await identity.submitDocument({ reference: "64f0", document })).toEqual({ reference: "777" });
    const { line, headers, body } = sent(0);
    expect(line).toBe("POST /resources/applicants/64f0/info/idDoc");
    const form = await new Response(new Uint8Array(body ?? []), { headers: { "content-type": headers?.["content-type"] ?? "" } }).formData();
    expect(JSON.parse(String(form.get("metadata")))).toEqual({ idDocType: "ID_CARD", country: "FRA", idDocSubType: "BACK_SIDE" });
    const file = form.get("content") as File;
    expect([file.name, file.type]).toEqual(['id "1"\r\n.png', "image/png"]);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(content);
    const pathWithQuery = "/resources/applicants/64f0/info/idDoc";
    expect(headers?.["x-app-access-sig"]).toBe(
      signRequest({ secretKey: "key", timestamp: 1767225600, method: "POST", pathWithQuery, body }),
    );
  });

  it("takes a document that Sumsub has already for handed over", async () => {
    const duplicate = sumsubAnswering({ status: 409, json: { code: 409, errorCode: 1000, errorName: "duplicate-document" } });
    expect(await duplicate.identity.submitDocument({ reference: "64f0", document })).toEqual({ reference: "64f0" });
    const busy = sumsubAnswering({ status: 409, json: { code: 409, errorCode: 1006, errorName: "no-upload-verification-in-progress" } });
    await expect(busy.identity.submitDocument({ reference: "64f0", document })).rejects.toMatchObject({
      kind: "invalid",
      message: "Sumsub answered 409 to handing over a document (no-upload-verification-in-progress)",
    });
  });

  it.each([
    { kind: "passport", metadata: { idDocType: "PASSPORT", country: "FRA" } },
    { kind: "driving_licence", metadata: { idDocType: "DRIVERS", country: "FRA", idDocSubType: "BACK_SIDE" } },
    { kind: "residence_permit", metadata: { idDocType: "RESIDENCE_PERMIT", country: "FRA", idDocSubType: "BACK_SIDE" } },
    { kind: "proof_of_address", metadata: { idDocType: "UTILITY_BILL", country: "FRA" } },
    { kind: "selfie", metadata: { idDocType: "SELFIE", country: "FRA" } },
  ] as const)("names a $kind as Sumsub does", async ({ kind, metadata }) => {
    const { identity, sent } = sumsubAnswering({});
    await identity.submitDocument({ reference: "64f0", document: { ...document, kind } });
    expect(String(sent(0).body)).toContain(JSON.stringify(metadata));
  });
});

describe("fetchDecision", () => {
  const red = (reviewRejectType: string) => ({ reviewAnswer: "RED", reviewRejectType, rejectLabels: ["FORGERY", "NEW_LABEL", "GRAPHIC_EDITOR"] });

  it.each([
    { review: { reviewStatus: "init" }, state: "awaiting_candidate", result: null, raw: "init" },
    { review: { reviewStatus: "pending" }, state: "submitted", result: null, raw: "pending" },
    { review: { reviewStatus: "queued" }, state: "pending", result: null, raw: "queued" },
    { review: { reviewStatus: "prechecked" }, state: "pending", result: null, raw: "prechecked" },
    { review: { reviewStatus: "somethingNew" }, state: "pending", result: null, raw: "somethingNew" },
    { review: { reviewStatus: "awaitingUser" }, state: "needs_input", result: null, raw: "awaitingUser" },
    { review: { reviewStatus: "awaitingService", reviewResult: { reviewAnswer: "GREEN" } }, state: "pending", result: null, raw: "awaitingService" },
    { review: { reviewStatus: "onHold" }, state: "decided", result: "consider", raw: "onHold" },
    { review: { reviewStatus: "completed", reviewResult: { reviewAnswer: "GREEN" } }, state: "decided", result: "clear", raw: "completed/GREEN" },
    { review: { reviewStatus: "completed", reviewResult: { reviewAnswer: "YELLOW" } }, state: "decided", result: "consider", raw: "completed/YELLOW" },
    { review: { reviewStatus: "completed" }, state: "decided", result: "consider", raw: "completed" },
    { review: { reviewStatus: "completed", reviewResult: red("FINAL") }, state: "decided", result: "rejected", raw: "completed/RED/FINAL/FORGERY+NEW_LABEL+GRAPHIC_EDITOR" },
    { review: { reviewStatus: "completed", reviewResult: red("RETRY") }, state: "needs_input", result: null, raw: "completed/RED/RETRY/FORGERY+NEW_LABEL+GRAPHIC_EDITOR" },
  ])("$raw is $state $result", async ({ review, state, result, raw }) => {
    const { identity, sent } = sumsubAnswering({ json: review }, { json: { IDENTITY: null, SELFIE: { reviewResult: { reviewAnswer: "GREEN" } } } });
    const reasons = raw.includes("RED") ? ["document_forged", "other"] : [];
    expect(await identity.fetchDecision({ reference: "64f0" })).toEqual({ state, result, reasons, rawStatus: raw });
    expect(sent(0).line).toBe("GET /resources/applicants/64f0/status");
  });

  it.each([{ reviewStatus: "awaitingUser" }, { reviewStatus: "completed", reviewResult: { reviewAnswer: "RED", reviewRejectType: "RETRY", rejectLabels: ["LOW_QUALITY"] } }])(
    "says of single papers what has to be handed in again: $reviewStatus",
    async (review) => {
      const steps = { IDENTITY: { reviewResult: { reviewAnswer: "RED", rejectLabels: ["BACK_SIDE_MISSING", "LOW_QUALITY"] } }, SELFIE: null, PHONE: {} };
      const { identity, sent } = sumsubAnswering({ json: review }, { json: steps });
      const decision = await identity.fetchDecision({ reference: "64f0" });
      expect(sent(1).line).toBe("GET /resources/applicants/64f0/requiredIdDocsStatus");
      expect(decision).toMatchObject({ state: "needs_input", rawStatus: expect.stringContaining("BACK_SIDE_MISSING") });
      expect(decision.reasons.toSorted()).toEqual(["document_incomplete", "document_unreadable"]);
    },
  );

  it("takes a rejection of an unknown kind for one that a person must look at", () => {
    expect(decisionFrom({ reviewStatus: "completed", reviewResult: { reviewAnswer: "RED" } }).result).toBe("consider");
  });

  it("does not stumble over labels that objects have by nature", () => {
    expect(reasonsFromLabels(["constructor", "__proto__", "OK"])).toEqual(["other"]);
  });
});

describe("requestCheck", () => {
  it("asks once, and not when the check has begun", async () => {
    const open = sumsubAnswering({ json: { reviewStatus: "init" } }, { json: { ok: 1 } });
    await open.identity.requestCheck?.({ reference: "64f0", checks: ["identity"] });
    expect(open.sent(1).line).toBe("POST /resources/applicants/64f0/status/pending");
    const begun = sumsubAnswering({ json: { reviewStatus: "pending" } });
    await begun.identity.requestCheck?.({ reference: "64f0", checks: ["identity"] });
    expect(begun.requests).toHaveLength(1);
  });
});

describe("webhookSubscription.ensure", () => {
  const url = "https://hooks.example.test/sumsub/in";
  const ours = { name: "ours", target: url, types: [...webhookTypes], secretKey: "hook-secret", signatureAlgorithm: "HMAC_SHA256_HEX" };
  const list = (...items: object[]) => ({ json: { list: { items: items.map((item, i) => ({ id: `w${i}`, ...item })) } } });

  it("makes the webhook with our secret and algorithm", async () => {
    const { webhooks, sent } = sumsubAnswering(list({ target: "https://elsewhere.example.test" }), { json: { id: "w9" } });
    await webhooks.ensure({ url });
    expect(sent(0).line).toBe("GET /resources/api/clientWebhooks");
    expect(sent(1).line).toBe("POST /resources/api/agent/clientWebhooks");
    expect(JSON.parse(String(sent(1).body))).toEqual({ ...ours, name: "Waystation", targetType: "http" });
  });

  it("does nothing when it is there", async () => {
    const { webhooks, requests } = sumsubAnswering(list(ours));
    await webhooks.ensure({ url });
    expect(requests).toHaveLength(1);
  });

  it.each([{ secretKey: "old" }, { signatureAlgorithm: "HMAC_SHA1_HEX" }, { types: ["applicantReviewed"] }])("mends %j", async (fault) => {
    const { webhooks, sent } = sumsubAnswering(list({ ...ours, ...fault }), { json: { id: "w0" } });
    await webhooks.ensure({ url });
    expect(sent(1).line).toBe("PATCH /resources/api/agent/clientWebhooks");
    expect(JSON.parse(String(sent(1).body))).toEqual({ id: "w0", ...ours, targetType: "http" });
  });

  it("makes none behind a list that is full", async () => {
    const { webhooks, requests } = sumsubAnswering(list(...Array.from({ length: 50 }, () => ({ target: "x" }))));
    await webhooks.ensure({ url });
    expect(requests).toHaveLength(1);
  });
});
