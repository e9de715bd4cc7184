import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ProviderSandbox } from "../contract.ts";
import { magicTagsOf, type SandboxWorld } from "../sandbox-contract.ts";
import { formOf } from "../sandbox-form.ts";
import type { SumsubCredentials, SumsubSettings } from "./manifest.ts";
import { afterApprovalRoutes } from "./sandbox-after-approval.ts";
import { accountKey, accountOf, bytesOf, equal, fail, findApplicant, findByExternalId, jsonOf, notFound, objectId, parseJson, shown, type VendorError } from "./sandbox-http.ts";
import { SimulatedPerson, type StoredApplicant } from "./sandbox-person.ts";
import { signedWebhook, sumsubTime, webhookPayload } from "./sandbox-webhook.ts";
import { webhookRoutes } from "./sandbox-webhook-routes.ts";
import { signRequest } from "./signing.ts";

const clockToleranceSeconds = 60;
/** https://docs.sumsub.com/reference/rate-limits; no Retry-After is documented, so none is sent. */
const readLimit = { requests: 300, perMs: 5_000 };
const writeLimit = { requests: 50, perMs: 5_000 };

/** Sumsub's host as far as Waystation talks to it. Each account sees its own applicants and webhooks only. */
export const sumsubSandbox: ProviderSandbox<SumsubCredentials, SumsubSettings> = {
  credentials: credentialsOf,
  routes(app, world) {
    app.decorateRequest(accountKey, "");
    const person = new SimulatedPerson(world);
    app.get<{ Params: { token: string } }>("/websdk/p/:token", async (_request, reply) =>
      reply.type("text/html; charset=utf-8").send("<!doctype html><title>Sandbox</title><p>The simulated candidate answers by itself."),
    );
    app.register(async (signed) => {
      signed.addHook("preHandler", async (request, reply) => {
        const result = authenticate(request, app.prefix, world);
        if ("problem" in result) return fail(reply, 401, result.problem, result.error);
        const [kind, limit] = request.method === "GET" ? (["read", readLimit] as const) : (["write", writeLimit] as const);
        if (!world.allow(`${result.account}/${kind}`, limit)) return fail(reply, 429, "Too many requests");
        request.setDecorator(accountKey, result.account);
        return undefined;
      });
      applicantRoutes(signed, world, person);
      linkRoutes(signed, world, person, app.prefix);
      afterApprovalRoutes(signed, world, person);
      webhookRoutes(signed, world);
    });
  },
  exampleWebhook({ credentials, settings, now, type = "applicantPending", body }) {
    const applicant = { id: objectId(), inspectionId: objectId(), externalUserId: "example", levelName: settings.levelName };
    const payload = JSON.stringify({ ...webhookPayload(applicant, now), type, reviewStatus: "pending" });
    const signed = signedWebhook(body ?? Buffer.from(payload), { secretKey: credentials.webhookSecret, signatureAlgorithm: settings.digestAlgorithm });
    return { method: "POST", url: "https://hooks.example.test/webhooks/sumsub/example", ...signed };
  },
};

function credentialsOf({ account, derive }: { account: string; derive(label: string): string }): SumsubCredentials {
  return {
    appToken: `sbx:${account}.${derive("token").slice(0, 32)}`,
    secretKey: derive("secret").slice(0, 32),
    webhookSecret: derive("webhook").slice(0, 32),
  };
}

type Access = { account: string } | { problem: string; error: VendorError };

function authenticate(request: FastifyRequest, prefix: string, world: SandboxWorld): Access {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const account = /^sbx:(.+)\.[0-9a-f]{32}$/.exec(header("x-app-token"))?.[1];
  if (account === undefined) return { problem: "Invalid app token format", error: { errorCode: 4000, errorName: "app-token-invalid-format" } };
  const credentials = credentialsOf({ account, derive: (label) => world.derive(account, label) });
  if (!equal(credentials.appToken, header("x-app-token"))) {
    return { problem: "App token not found", error: { errorCode: 4002, errorName: "app-token-private-part-mismatch" } };
  }

  const timestamp = Number(header("x-app-access-ts"));
  const nowSeconds = Date.now() / 1000;
  if (!Number.isInteger(timestamp) || Math.abs(nowSeconds - timestamp) > clockToleranceSeconds) {
    return { problem: "Request expired", error: { errorCode: 4004, errorName: "app-token-request-expired" } };
  }
  // A client signs what the real host would see, the URL without the sandbox's prefix; one that was given a base URL with
  // a path may sign all of it.
  const matches = [request.url.slice(prefix.length), request.url].map((pathWithQuery) => {
    const signed = signRequest({ secretKey: credentials.secretKey, timestamp, method: request.method, pathWithQuery, body: bytesOf(request) });
    return equal(signed, header("x-app-access-sig"));
  });
  if (matches.includes(true)) return { account };
  return { problem: "Request signature mismatch", error: { errorCode: 4003, errorName: "app-token-signature-mismatch" } };
}

const newApplicantSchema = z.looseObject({
  externalUserId: z.string().min(1).max(512),
  email: z.string().optional(),
  phone: z.string().optional(),
  fixedInfo: z.record(z.string(), z.unknown()).optional(),
});

function applicantRoutes(app: FastifyInstance, world: SandboxWorld, person: SimulatedPerson): void {
  const applicants = world.objects("applicants");
  const idsByExternalId = world.objects("_externalIds");
  const attempts = world.objects("_attempts");
  const documents = world.objects("documents");

  app.post<{ Querystring: { levelName?: string } }>("/resources/applicants", async (request, reply) => {
    const { levelName } = request.query;
    if (!levelName) return fail(reply, 400, "Parameter levelName is required");
    const body = newApplicantSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "externalUserId is required");
    const { externalUserId, email, phone, fixedInfo } = body.data;
    const key = `${accountOf(request)}\n${externalUserId}`;

    const made = Number(attempts.get(key)?.["made"] ?? 0);
    const ordered = [...(hasTag(email, "error") ? [500, 500] : []), ...(hasTag(email, "limit") ? [429, 429] : [])];
    const failure = ordered[made];
    if (failure !== undefined) {
      attempts.put(key, { made: made + 1 });
      if (failure === 429) reply.header("retry-after", "1");
      return fail(reply, failure, failure === 429 ? "Too many requests" : "Internal server error");
    }

    const earlier = idsByExternalId.get(key);
    if (earlier) return fail(reply, 409, `Applicant with external user id '${externalUserId}' already exists: ${String(earlier["id"])}`);
    const createdAt = sumsubTime(new Date(), "seconds");
    const applicant: StoredApplicant = {
      id: objectId(),
      createdAt,
      inspectionId: objectId(),
      externalUserId,
      ...(email === undefined ? {} : { email }),
      ...(phone === undefined ? {} : { phone }),
      ...(fixedInfo === undefined ? {} : { fixedInfo }),
      type: "individual",
      review: { levelName, createDate: createdAt, attemptCnt: 0, reviewStatus: "init" },
      sandbox: { account: accountOf(request), started: false, held: [] },
    };
    applicants.put(applicant.id, applicant);
    idsByExternalId.put(key, { id: applicant.id });
    person.created(applicant);
    return reply.code(201).send(shown(applicant));
  });

  app.get<{ Params: { id: string } }>("/resources/applicants/:id/one", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    return applicant ? shown(applicant) : notFound(reply);
  });

  app.get<{ Params: { id: string } }>("/resources/applicants/:id/status", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    return applicant ? applicant.review : notFound(reply);
  });

  app.post<{ Params: { id: string } }>("/resources/applicants/:id/status/pending", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    if (!applicant) return notFound(reply);
    const handedIn = documents.list().some((document) => document["applicantId"] === applicant.id);
    if (!handedIn) return fail(reply, 409, "Not all required documents or data are submitted. Make sure to complete [IDENTITY] verification steps beforehand.");
    person.submit(applicant.id);
    return { ok: 1 };
  });

  app.post<{ Params: { id: string } }>("/resources/applicants/:id/info/idDoc", async (request, reply) => {
    const applicant = findApplicant(world, accountOf(request), request.params.id);
    if (!applicant) return notFound(reply);
    const parts = formOf(request);
    const metadata = documentSchema.safeParse(parseJson(parts.get("metadata")?.content.toString("utf8") ?? ""));
    if (!metadata.success) return fail(reply, 400, "metadata must be JSON with idDocType and country");
    const content = parts.get("content")?.content;
    if (!content?.length) return fail(reply, 400, "content is missing");
    const imageId = String(randomBytes(4).readUInt32BE());
    const sha256 = createHash("sha256").update(content).digest("hex");
    const known = documents.find((document) => document["applicantId"] === applicant.id && document["sha256"] === sha256);
    if (known) return fail(reply, 409, "This document was uploaded before", { errorCode: 1000, errorName: "duplicate-document" });
    documents.put(imageId, { imageId, applicantId: applicant.id, ...metadata.data, bytes: content.length, sha256 });
    return reply.header("x-image-id", imageId).send(metadata.data);
  });
}

const linkSchema = z.looseObject({ levelName: z.string().min(1), userId: z.string().min(1), ttlInSecs: z.number().int().positive().optional() });

function linkRoutes(app: FastifyInstance, world: SandboxWorld, person: SimulatedPerson, prefix: string): void {
  app.post("/resources/sdkIntegrations/levels/-/websdkLink", async (request, reply) => {
    const body = linkSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "levelName and userId are required");
    const applicant = findByExternalId(world, accountOf(request), body.data.userId);
    if (applicant) person.start(applicant);
    return { url: `http://${request.host}${prefix}/websdk/p/sbx_${randomBytes(16).toString("base64url")}` };
  });

  app.post("/resources/accessTokens/sdk", async (request, reply) => {
    const body = linkSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "levelName and userId are required");
    return { token: `_act-sbx-${randomBytes(24).toString("base64url")}`, userId: body.data.userId };
  });
}

const documentSchema = z.object({ idDocType: z.string().min(1), country: z.string().length(3), idDocSubType: z.string().optional() });

function hasTag(email: string | undefined, tag: "error" | "limit"): boolean {
  return magicTagsOf(email).includes(tag);
}
