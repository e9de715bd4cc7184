import { describe, expect, it } from "vitest";
import { fixedClock } from "../../lib/clock.ts";
import type { HttpRequest, HttpResponse } from "../../lib/http.ts";
import type { Applicant, ApplicantDocument } from "../contract.ts";
import { createOnfidoClient } from "./client.ts";
import { identityVerification } from "./identity-verification.ts";
import { type OnfidoSettings, onfidoManifest, onfidoSettings } from "./manifest.ts";
import { webhookEvents, webhookSubscription } from "./webhook-subscription.ts";

const BASE = "https://sandbox.example.test/onfido";
const WORKFLOW = "6d1f0a3e-52b6-4f0c-9a43-6a1df3c6e0b1";
const APPLICANT = "b3f2c1d0-0000-4000-8000-000000000001";
const now = new Date("2026-01-15T12:00:00Z");

type Answer = { status?: number; json?: unknown };

/** Onfido, answering each call in turn. */
function onfidoAnswering(answers: Answer[], changes: { settings?: Partial<OnfidoSettings>; webhookToken?: string } = {}) {
  const requests: HttpRequest[] = [];
  const http = {
    async request(request: HttpRequest): Promise<HttpResponse> {
      requests.push(request);
      const answer = answers[requests.length - 1] ?? { status: 500 };
      return { status: answer.status ?? 200, headers: {}, body: Buffer.from(JSON.stringify(answer.json ?? {})) };
    },
  };
  const credentials = { apiToken: "api_sandbox.token", ...(changes.webhookToken === undefined ? {} : { webhookToken: changes.webhookToken }) };
  const context = { settings: onfidoSettings.parse(changes.settings ?? {}), credentials, mode: "sandbox" as const, baseUrl: BASE, http, clock: fixedClock(now) };
  const client = createOnfidoClient(context);
  return {
    identity: identityVerification(client, context),
    webhooks: webhookSubscription(client, context),
    requests,
    lines: () => requests.map((request) => `${request.method} ${request.url.slice(BASE.length)}`),
    body: (n: number): unknown => JSON.parse(String(requests[n]?.body)),
  };
}

const applicant: Applicant = {
  externalId: "ver_1", firstName: "Jane", lastName: "Doe", email: "jane@example.test", phone: "+33123456789", country: "FR", birthDate: "1990-01-31", checks: ["identity"],
};
const listed = (n: number, more: object = {}) => ({ id: `a-${n}`, created_at: "2026-01-15T11:00:00Z", id_numbers: [], ...more });
const invitation = { reference: APPLICANT, externalId: "ver_1", ttlSeconds: 3_600, checks: ["identity" as const] };

describe("the manifest", () => {
  it.each(["eu", "us", "ca"] as const)("has a host for the region %s", (region) => {
    expect(onfidoManifest.liveBaseUrl(onfidoSettings.parse({ region }))).toBe(`https://api.${region}.onfido.com`);
  });

  it("takes a workflow's id or nothing, and no other region", () => {
    for (const settings of [{ workflowId: "my workflow" }, { workflowId: "../x" }, { region: "xx" }, { region: "eu.evil.test/" }]) expect(onfidoSettings.safeParse(settings).success).toBe(false);
    for (const settings of [{ workflowId: WORKFLOW }, { workflowId: "" }, {}]) expect(onfidoSettings.safeParse(settings).success).toBe(true);
  });
});

describe("createApplicant", () => {
  it("looks for ours first, then makes it with our id", async () => {
    const { identity, lines, body, requests } = onfidoAnswering([{ json: { applicants: [listed(1)] } }, { status: 201, json: { id: APPLICANT } }]);
    expect(await identity.createApplicant(applicant)).toEqual({ reference: APPLICANT });
    expect(lines()).toEqual(["GET /v3.6/applicants?page=1&per_page=500", "POST /v3.6/applicants"]);
    expect(requests[1]?.headers?.["authorization"]).toBe("Token token=api_sandbox.token");
    expect(body(1)).toEqual({
      first_name: "Jane", last_name: "Doe", email: "jane@example.test", phone_number: "+33123456789", dob: "1990-01-31",
      location: { country_of_residence: "FRA" }, id_numbers: [{ type: "other", value: "ver_1" }],
    });
  });

  it("finds the one that an earlier, unanswered call made, also on a later page", async () => {
    const full = Array.from({ length: 500 }, (_, n) => listed(n));
    const ours = listed(501, { id_numbers: [{ type: "other", value: "ver_1" }] });
    const { identity, lines } = onfidoAnswering([{ json: { applicants: full } }, { json: { applicants: [ours] } }]);
    expect(await identity.createApplicant(applicant)).toEqual({ reference: "a-501" });
    expect(lines()).toEqual(["GET /v3.6/applicants?page=1&per_page=500", "GET /v3.6/applicants?page=2&per_page=500"]);
  });

  it("does not take another's number of the same value for our id", async () => {
    const passport = listed(1, { id_numbers: [{ type: "passport", value: "ver_1" }] });
    const { identity } = onfidoAnswering([{ json: { applicants: [passport] } }, { json: { id: APPLICANT } }]);
    expect(await identity.createApplicant(applicant)).toEqual({ reference: APPLICANT });
  });

  it("looks no further back than a day, and through no more than four pages", async () => {
    const old = Array.from({ length: 500 }, (_, n) => listed(n, { created_at: "2026-01-14T11:00:00Z" }));
    const yesterday = onfidoAnswering([{ json: { applicants: old } }, { json: { id: APPLICANT } }]);
    await yesterday.identity.createApplicant(applicant);
    expect(yesterday.lines()).toHaveLength(2);
    const full = { json: { applicants: Array.from({ length: 500 }, (_, n) => listed(n)) } };
    const busy = onfidoAnswering([full, full, full, full, { json: { id: APPLICANT } }]);
    await busy.identity.createApplicant(applicant);
    expect(busy.lines().at(-1)).toBe("POST /v3.6/applicants");
  });

  it("says which code a refusal had, and nothing of the person", async () => {
    const refusal = { error: { type: "validation_error", message: "jane@example.test is taken", fields: { email: ["invalid"] } } };
    const { identity } = onfidoAnswering([{ json: { applicants: [] } }, { status: 422, json: refusal }]);
    await expect(identity.createApplicant(applicant)).rejects.toMatchObject({ kind: "invalid", message: "Onfido answered 422 to creating the applicant (validation_error)" });
  });

  it("refuses a country that does not exist, and an id that is none", async () => {
    await expect(onfidoAnswering([{ json: { applicants: [] } }]).identity.createApplicant({ ...applicant, country: "XX" })).rejects.toMatchObject({ kind: "invalid" });
    await expect(onfidoAnswering([{ json: { applicants: [] } }, { json: { id: "../../webhooks" } }]).identity.createApplicant(applicant)).rejects.toMatchObject({ kind: "unexpected" });
  });
});

describe("createInvitation by Studio", () => {
  const settings = { workflowId: WORKFLOW };
  const open = { id: "run-1", status: "awaiting_input", created_at: "2026-01-15T11:00:00Z", link: { url: "https://eu.onfido.app/l/1", expires_at: "2026-01-15T13:00:00Z" }, sdk_token: "sdk-1" };

  it("starts a run that ends with the invitation, and names it for its news", async () => {
    const { identity, lines, body } = onfidoAnswering([{ json: [] }, { status: 201, json: open }], { settings });
    expect(await identity.createInvitation(invitation)).toEqual({ url: "https://eu.onfido.app/l/1", objects: [{ kind: "workflow_run", reference: "run-1" }] });
    expect(lines()).toEqual([`GET /v3.6/workflow_runs?applicant_id=${APPLICANT}&sort=desc`, "POST /v3.6/workflow_runs"]);
    expect(body(1)).toEqual({ applicant_id: APPLICANT, workflow_id: WORKFLOW, tags: ["ver_1"], customer_user_id: "ver_1", link: { expires_at: "2026-01-15T13:00:00.000Z" } });
  });

  it("gives the link of a run that still waits, and starts another when that link has ended", async () => {
    const waiting = onfidoAnswering([{ json: [{ ...open, id: "old", status: "declined" }, open] }], { settings });
    expect((await waiting.identity.createInvitation(invitation)).url).toBe("https://eu.onfido.app/l/1");
    const ended = { ...open, link: { ...open.link, expires_at: "2026-01-15T11:59:59Z" } };
    const { identity, lines } = onfidoAnswering([{ json: [ended] }, { json: { ...open, id: "run-2" } }], { settings });
    expect((await identity.createInvitation(invitation)).objects).toEqual([{ kind: "workflow_run", reference: "run-2" }]);
    expect(lines()).toHaveLength(2);
  });

  it("hands on no link that is not http, and no run without one", async () => {
    for (const link of [{ url: "javascript:alert(1)" }, { url: null }, undefined]) {
      const { identity } = onfidoAnswering([{ json: [] }, { json: { ...open, link } }], { settings });
      await expect(identity.createInvitation(invitation)).rejects.toMatchObject({ kind: "unexpected" });
    }
  });

  it("gives the run's own token to a host that shows the SDK", async () => {
    const { identity } = onfidoAnswering([{ json: [open] }], { settings });
    expect(await identity.createSdkToken?.(invitation)).toEqual({ token: "sdk-1", objects: [{ kind: "workflow_run", reference: "run-1" }] });
  });
});

describe("createInvitation by classic checks", () => {
  const form = { id: "check-1", status: "awaiting_applicant", form_uri: "https://onfido.com/information/1", report_ids: ["report-1", "report-2"], created_at: "2026-01-15T11:00:00Z" };

  it("asks for the reports that the verification wants, through a form, without a mail of Onfido's", async () => {
    const { identity, body } = onfidoAnswering([{ json: { checks: [] } }, { status: 201, json: form }], { settings: { watchlistReport: "watchlist_aml" } });
    const invited = await identity.createInvitation({ ...invitation, checks: ["identity", "address", "watchlist"] });
    expect(invited).toEqual({
      url: "https://onfido.com/information/1",
      objects: [{ kind: "check", reference: "check-1" }, { kind: "report", reference: "report-1" }, { kind: "report", reference: "report-2" }],
    });
    expect(body(1)).toEqual({
      applicant_id: APPLICANT, report_names: ["document", "facial_similarity_photo", "proof_of_address", "watchlist_aml"], tags: ["ver_1"], applicant_provides_data: true, suppress_form_emails: true,
    });
  });

  it("gives the same form again while it waits", async () => {
    const { identity, lines } = onfidoAnswering([{ json: { checks: [{ id: "old", status: "complete" }, form] } }]);
    expect((await identity.createInvitation(invitation)).url).toBe("https://onfido.com/information/1");
    expect(lines()).toEqual([`GET /v3.6/checks?applicant_id=${APPLICANT}`]);
  });

  it("asks for an SDK token for the host's own pages only, where they are named", async () => {
    const { identity, body } = onfidoAnswering([{ json: { token: "sdk-1" } }], { settings: { sdkReferrer: "https://*.example.com/*" } });
    expect(await identity.createSdkToken?.(invitation)).toEqual({ token: "sdk-1" });
    expect(body(0)).toEqual({ applicant_id: APPLICANT, referrer: "https://*.example.com/*" });
  });
});

describe("submitDocument", () => {
  const document: ApplicantDocument = { kind: "id_card", country: "FR", side: "back", fileName: "jane doe.png", contentType: "image/png", content: Buffer.from([0x89, 0x0d, 0x0a, 0xff]) };
  const name = "national_identity_card-back-";

  async function formOf(request: HttpRequest | undefined): Promise<FormData> {
    return await new Response(new Uint8Array(request?.body as Buffer), { headers: { "content-type": request?.headers?.["content-type"] ?? "" } }).formData();
  }

  it("uploads it with type, side and country, under a name that says nothing of the person", async () => {
    const { identity, lines, requests } = onfidoAnswering([{ json: { documents: [] } }, { status: 201, json: { id: "doc-1" } }]);
    expect(await identity.submitDocument({ reference: APPLICANT, document })).toEqual({ reference: "doc-1" });
    expect(lines()).toEqual([`GET /v3.6/documents?applicant_id=${APPLICANT}`, "POST /v3.6/documents"]);
    const form = await formOf(requests[1]);
    expect([form.get("applicant_id"), form.get("type"), form.get("side"), form.get("issuing_country")]).toEqual([APPLICANT, "national_identity_card", "back", "FRA"]);
    const file = form.get("file") as File;
    expect(file.name).toMatch(new RegExp(`^${name}[0-9a-f]{32}\\.png$`));
    expect(Buffer.from(await file.arrayBuffer())).toEqual(document.content);
  });

  it("does not upload it twice, but does upload its other side", async () => {
    const first = onfidoAnswering([{ json: { documents: [] } }, { json: { id: "doc-1" } }]);
    await first.identity.submitDocument({ reference: APPLICANT, document });
    const fileName = ((await formOf(first.requests[1])).get("file") as File).name;
    const again = onfidoAnswering([{ json: { documents: [{ id: "doc-1", file_name: fileName }] } }]);
    expect(await again.identity.submitDocument({ reference: APPLICANT, document })).toEqual({ reference: "doc-1" });
    const front = onfidoAnswering([{ json: { documents: [{ id: "doc-1", file_name: fileName }] } }, { json: { id: "doc-2" } }]);
    expect(await front.identity.submitDocument({ reference: APPLICANT, document: { ...document, side: "front" } })).toEqual({ reference: "doc-2" });
  });

  it.each([
    { kind: "passport", type: "passport", side: null }, { kind: "driving_licence", type: "driving_licence", side: "back" },
    { kind: "residence_permit", type: "residence_permit", side: "back" }, { kind: "proof_of_address", type: "utility_bill", side: null },
  ] as const)("names a $kind as Onfido does", async ({ kind, type, side }) => {
    const { identity, requests } = onfidoAnswering([{ json: { documents: [] } }, { json: { id: "doc-1" } }]);
    await identity.submitDocument({ reference: APPLICANT, document: { ...document, kind } });
    const form = await formOf(requests[1]);
    expect([form.get("type"), form.get("side")]).toEqual([type, side]);
  });

  it("uploads a selfie as a live photo, once", async () => {
    const { identity, lines, requests } = onfidoAnswering([{ json: { live_photos: [] } }, { json: { id: "photo-1" } }]);
    await identity.submitDocument({ reference: APPLICANT, document: { ...document, kind: "selfie" } });
    expect(lines()).toEqual([`GET /v3.6/live_photos?applicant_id=${APPLICANT}`, "POST /v3.6/live_photos"]);
    const fileName = ((await formOf(requests[1])).get("file") as File).name;
    const again = onfidoAnswering([{ json: { live_photos: [{ id: "photo-1", file_name: fileName }] } }]);
    expect(await again.identity.submitDocument({ reference: APPLICANT, document: { ...document, kind: "selfie" } })).toEqual({ reference: "photo-1" });
  });
});

describe("requestCheck", () => {
  const asked = { reference: APPLICANT, checks: ["identity" as const] };
  const waiting = { id: "form", status: "awaiting_applicant", created_at: "2026-01-15T10:00:00Z" };

  it("checks what was uploaded, and a face only where there is a picture of it", async () => {
    for (const [photos, reports] of [[[], ["document"]], [[{ id: "photo-1" }], ["document", "facial_similarity_photo"]]] as const) {
      const answers = [{ json: { checks: [waiting] } }, { json: { documents: [{ id: "doc-1" }, { id: "doc-2" }] } }, { json: { live_photos: photos } }, { json: { id: "check-1", status: "in_progress", report_ids: ["report-1"] } }];
      const { identity, body } = onfidoAnswering(answers);
      expect(await identity.requestCheck?.(asked)).toEqual({ objects: [{ kind: "check", reference: "check-1" }, { kind: "report", reference: "report-1" }] });
      expect(body(3)).toEqual({ applicant_id: APPLICANT, report_names: reports, document_ids: ["doc-1", "doc-2"] });
    }
  });

  it("does not ask while one is under way", async () => {
    const { identity, lines } = onfidoAnswering([{ json: { checks: [waiting, { id: "check-1", status: "in_progress", created_at: "2026-01-15T09:00:00Z" }] } }]);
    await identity.requestCheck?.(asked);
    expect(lines()).toHaveLength(1);
  });

  it("gives the documents to a run of the workflow by Studio", async () => {
    const answers = [{ json: [] }, { json: { checks: [] } }, { json: { id: APPLICANT } }, { json: { documents: [{ id: "doc-1" }] } }, { json: { live_photos: [] } }, { json: { id: "run-1", status: "processing" } }];
    const { identity, body } = onfidoAnswering(answers, { settings: { workflowId: WORKFLOW } });
    expect(await identity.requestCheck?.(asked)).toEqual({ objects: [{ kind: "workflow_run", reference: "run-1" }] });
    expect(body(5)).toEqual({ applicant_id: APPLICANT, workflow_id: WORKFLOW, custom_data: { document_ids: [{ id: "doc-1" }] } });
  });
});

describe("fetchDecision", () => {
  it("asks whether the applicant exists before it says that nobody was invited", async () => {
    const { identity, lines } = onfidoAnswering([{ json: { checks: [] } }, { json: [] }, { json: { id: APPLICANT } }]);
    expect(await identity.fetchDecision({ reference: APPLICANT })).toMatchObject({ state: "awaiting_candidate" });
    expect(lines().at(-1)).toBe(`GET /v3.6/applicants/${APPLICANT}`);
    const unknown = onfidoAnswering([{ json: { checks: [] } }, { json: [] }, { status: 404 }]);
    await expect(unknown.identity.fetchDecision({ reference: APPLICANT })).rejects.toMatchObject({ kind: "not_found" });
  });

  it("goes by the newest that the candidate has been through, whatever the order of the list", async () => {
    const runs = [
      { id: "first", status: "approved", created_at: "2026-01-15T08:00:00Z" }, { id: "open", status: "awaiting_input", created_at: "2026-01-15T10:00:00Z" },
      { id: "second", status: "processing", created_at: "2026-01-15T09:00:00Z" },
    ];
    const { identity } = onfidoAnswering([{ json: runs }], { settings: { workflowId: WORKFLOW } });
    expect(await identity.fetchDecision({ reference: APPLICANT })).toMatchObject({ state: "pending", rawStatus: "processing" });
  });

  it("still finds a classic check after the account went over to Studio", async () => {
    const { identity } = onfidoAnswering([{ json: [] }, { json: { checks: [{ id: "check-1", status: "in_progress" }] } }], { settings: { workflowId: WORKFLOW } });
    expect(await identity.fetchDecision({ reference: APPLICANT })).toMatchObject({ state: "pending" });
  });
});

describe("webhookSubscription.ensure", () => {
  const url = "https://hooks.example.test/webhooks/onfido/int_1";
  const ours = { id: "w-1", url, enabled: true, events: [...webhookEvents], environments: ["sandbox"], token: "tok" };

  it("makes the webhook for the token's environment and gives its token to be kept", async () => {
    const { webhooks, lines, body } = onfidoAnswering([{ json: { webhooks: [{ ...ours, url: "https://elsewhere.example.test" }] } }, { status: 201, json: { ...ours, token: "new" } }]);
    expect(await webhooks.ensure({ url })).toEqual({ credentials: { webhookToken: "new" } });
    expect(lines()).toEqual(["GET /v3.6/webhooks", "POST /v3.6/webhooks"]);
    expect(body(1)).toEqual({ name: "Waystation", url, enabled: true, events: [...webhookEvents], environments: ["sandbox"], payload_version: 3 });
  });

  it("does nothing when it is there with the token that we have", async () => {
    const { webhooks, lines } = onfidoAnswering([{ json: { webhooks: [ours] } }], { webhookToken: "tok" });
    expect(await webhooks.ensure({ url })).toBeUndefined();
    expect(lines()).toHaveLength(1);
  });

  it("takes one that asks for everything as it is", async () => {
    const { webhooks, lines } = onfidoAnswering([{ json: { webhooks: [{ ...ours, events: [], environments: null }] } }], { webhookToken: "tok" });
    await webhooks.ensure({ url });
    expect(lines()).toHaveLength(1);
  });

  it.each([{ enabled: false }, { events: ["check.completed"] }, { environments: ["live"] }])("mends %j, and its token stays", async (fault) => {
    const { webhooks, lines, body } = onfidoAnswering([{ json: { webhooks: [{ ...ours, ...fault }] } }, { json: { id: "w-1" } }], { webhookToken: "tok" });
    expect(await webhooks.ensure({ url })).toBeUndefined();
    expect(lines()[1]).toBe("PUT /v3.6/webhooks/w-1");
    expect(body(1)).toMatchObject({ enabled: true, events: expect.arrayContaining([...webhookEvents]), environments: expect.arrayContaining(["sandbox"]) });
  });

  it("learns the token of a webhook that was made by hand", async () => {
    const { webhooks } = onfidoAnswering([{ json: { webhooks: [ours] } }], { webhookToken: "mistyped" });
    expect(await webhooks.ensure({ url })).toEqual({ credentials: { webhookToken: "tok" } });
  });
});
