import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ProviderSandbox } from "../contract.ts";
import { magicTagsOf, type SandboxWorld } from "../sandbox-contract.ts";
import type { CheckrCredentials, CheckrSettings } from "./manifest.ts";
import { accountKey, accountOf, equal, fail, jsonOf, orderSchema, overLimit, page } from "./sandbox-http.ts";
import { SandboxLife } from "./sandbox-life.ts";
import { objectId, packages, shown, signatureHeaders, type StoredCandidate, type StoredInvitation, type StoredWebhook } from "./sandbox-objects.ts";
import { reportRoutes } from "./sandbox-reports.ts";
import { signingKey } from "./webhook.ts";

/** https://docs.checkr.com/#section/Getting-Started/Rate-Limits */
const limit = { requests: 1_200, perMs: 60_000 };
const webhooksAllowed = 2;

/** Checkr's host as far as Waystation talks to it. Each account sees its own objects only. */
export const checkrSandbox: ProviderSandbox<CheckrCredentials, CheckrSettings> = {
  credentials: ({ account, derive }) => credentialsOf(account, derive),
  routes(app, world) {
    app.decorateRequest(accountKey, "");
    const life = new SandboxLife(world, (account) => credentialsOf(account, (label) => world.derive(account, label)).apiKey);
    app.get("/apply/:invitation", async (_request, reply) =>
      reply.type("text/html; charset=utf-8").send("<!doctype html><title>Sandbox</title><p>The simulated candidate consents by itself."),
    );
    app.register(async (authenticated) => {
      authenticated.addHook("preHandler", async (request, reply) => admit(request, reply, world));
      rememberAnswers(authenticated, world);
      accountRoutes(authenticated, world);
      candidateRoutes(authenticated, world, life);
      invitationRoutes(authenticated, world, life, app.prefix);
      reportRoutes(authenticated, world, life);
    });
  },
  exampleWebhook({ credentials, settings, now, type = "report.completed", body }) {
    const object = { id: "e44aa283528e6fde7d542194", object: "report", status: "complete", candidate_id: "a13f4827d8711ddc75abc56c" };
    const event = { id: "507f1f77bcf86cd799439011", object: "event", type, created_at: now.toISOString(), data: { object } };
    const bytes = body ?? Buffer.from(JSON.stringify(event));
    const headers = signatureHeaders(bytes, signingKey(credentials, settings));
    return { method: "POST", url: "https://hooks.example.test/webhooks/checkr/example", headers, body: bytes };
  },
};

/** The same key signs webhooks, as with a direct account; it stands for a partner's secret too, so that both ways can be tried. */
function credentialsOf(account: string, derive: (label: string) => string): CheckrCredentials {
  const apiKey = `sbx_${account}.${derive("key").slice(0, 40)}`;
  return { apiKey, webhookKey: apiKey };
}

async function admit(request: FastifyRequest, reply: FastifyReply, world: SandboxWorld): Promise<FastifyReply | undefined> {
  const basic = Buffer.from(/^Basic (.+)$/.exec(String(request.headers.authorization ?? ""))?.[1] ?? "", "base64").toString("utf8");
  const account = /^sbx_(.+)\.[0-9a-f]{40}:$/.exec(basic)?.[1];
  const known = account !== undefined && equal(`${credentialsOf(account, (label) => world.derive(account, label)).apiKey}:`, basic);
  if (!known) return fail(reply, 401, "Bad authentication error");
  reply.header("x-ratelimit-limit", String(limit.requests));
  if (!world.allow(account, limit)) return overLimit(reply, limit.perMs);
  request.setDecorator(accountKey, account);
  return undefined;
}

/** The first good answer under an Idempotency-Key is given again. */
function rememberAnswers(app: FastifyInstance, world: SandboxWorld): void {
  const answers = world.objects("_idempotency");
  const keyOf = (request: FastifyRequest) => `${accountOf(request)}\n${request.method} ${request.url}\n${String(request.headers["idempotency-key"])}`;
  const applies = (request: FastifyRequest) => request.method === "POST" && request.headers["idempotency-key"] !== undefined;
  app.addHook("preHandler", async (request, reply) => {
    const answer = applies(request) ? answers.get(keyOf(request)) : undefined;
    return answer === undefined ? undefined : reply.code(Number(answer["status"])).send(answer["body"]);
  });
  app.addHook("preSerialization", async (request, reply, payload) => {
    if (applies(request) && reply.statusCode < 300) answers.put(keyOf(request), { status: reply.statusCode, body: payload });
    return payload;
  });
}

function accountRoutes(app: FastifyInstance, world: SandboxWorld): void {
  const webhooks = world.objects("webhooks");
  const own = (request: FastifyRequest) => (webhooks.list() as StoredWebhook[]).filter(({ sandbox }) => sandbox.account === accountOf(request));
  app.get("/account", async () => ({ id: objectId(), object: "account", name: "Sandbox", authorized: true, purpose: "employment" }));
  app.get("/packages", async (request) => {
    const listed = packages.map(({ slug, name, screenings }) => ({ id: slug, object: "package", slug, name, price: 0, deleted_at: null, screenings: screenings.map((type) => ({ type, subtype: null })) }));
    return page(request, listed);
  });
  app.get("/webhooks", async (request) => page(request, own(request).map(shown)));
  app.post("/webhooks", async (request, reply) => {
    const body = z.object({ webhook_url: z.url({ protocol: /^https?$/ }), include_object: z.boolean().default(false) }).safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "webhook_url is invalid");
    if (own(request).length >= webhooksAllowed) return fail(reply, 400, "maximum number of webhooks reached");
    const id = objectId();
    const webhook: StoredWebhook = { id, object: "webhook", uri: `/v1/webhooks/${id}`, ...body.data, created_at: new Date().toISOString(), deleted_at: null, sandbox: { account: accountOf(request) } };
    webhooks.put(id, webhook);
    return reply.code(201).send(shown(webhook));
  });
}

const candidateSchema = z.looseObject({ email: z.email(), custom_id: z.string().max(200).nullish() });

function candidateRoutes(app: FastifyInstance, world: SandboxWorld, life: SandboxLife): void {
  const candidates = world.objects("candidates");
  const attempts = world.objects("_attempts");

  app.post("/candidates", async (request, reply) => {
    const body = candidateSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "email is invalid");
    const key = `${accountOf(request)}\n${body.data.custom_id ?? body.data.email}`;
    const made = Number(attempts.get(key)?.["made"] ?? 0);
    const tags = magicTagsOf(body.data.email);
    const failure = [...(tags.includes("error") ? [500, 500] : []), ...(tags.includes("limit") ? [429, 429] : [])][made];
    if (failure !== undefined) {
      attempts.put(key, { made: made + 1 });
      return failure === 429 ? overLimit(reply, 1_000) : fail(reply, failure, "Internal server error");
    }
    const id = objectId();
    const candidate: StoredCandidate = {
      ...body.data, id, object: "candidate", uri: `/v1/candidates/${id}`, created_at: new Date().toISOString(), custom_id: body.data.custom_id ?? null,
      report_ids: [], geo_ids: [], adjudication: null, sandbox: { account: accountOf(request), held: [] },
    };
    candidates.put(id, candidate);
    life.tell("candidate.created", candidate);
    return reply.code(201).send(shown(candidate));
  });

  app.get<{ Querystring: { custom_id?: string; email?: string } }>("/candidates", async (request) => {
    const { custom_id: customId, email } = request.query;
    const found = (candidates.list() as StoredCandidate[]).filter(
      (one) => one.sandbox.account === accountOf(request) && (customId === undefined || one.custom_id === customId) && (email === undefined || one.email === email),
    );
    return page(request, found.map(shown));
  });

  app.get<{ Params: { id: string } }>("/candidates/:id", async (request, reply) => {
    const candidate = candidates.get(request.params.id) as StoredCandidate | undefined;
    return candidate?.sandbox.account === accountOf(request) ? shown(candidate) : fail(reply, 404, "Resource not found");
  });
}

function invitationRoutes(app: FastifyInstance, world: SandboxWorld, life: SandboxLife, prefix: string): void {
  const invitations = world.objects("invitations");
  const own = (request: FastifyRequest, id: string) => {
    const invitation = invitations.get(id) as StoredInvitation | undefined;
    return invitation?.sandbox.account === accountOf(request) ? invitation : undefined;
  };

  app.post("/invitations", async (request, reply) => {
    const body = orderSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "candidate_id and package are required");
    const candidate = world.objects("candidates").get(body.data.candidate_id) as StoredCandidate | undefined;
    if (candidate?.sandbox.account !== accountOf(request)) return fail(reply, 404, "Candidate not found");
    if (!packages.some(({ slug }) => slug === body.data.package)) return fail(reply, 404, "Package not found");
    const id = objectId();
    const now = Date.now();
    const invitation: StoredInvitation = {
      ...body.data, id, object: "invitation", uri: `/v1/invitations/${id}`, invitation_url: `http://${request.host}${prefix}/apply/${id}`, status: "pending",
      created_at: new Date(now).toISOString(), expires_at: new Date(now + 7 * 86_400_000).toISOString(), completed_at: null, deleted_at: null, report_id: null,
      archived: false, sandbox: { account: accountOf(request) },
    };
    invitations.put(id, invitation);
    life.invited(invitation);
    return reply.code(201).send(shown(invitation));
  });

  app.get<{ Querystring: { candidate_id?: string; status?: string } }>("/invitations", async (request) => {
    const { candidate_id: candidateId, status } = request.query;
    const found = (invitations.list() as StoredInvitation[]).filter(
      (one) => one.sandbox.account === accountOf(request) && (candidateId === undefined || one.candidate_id === candidateId) && (status === undefined || one.status === status),
    );
    return page(request, found.map(shown));
  });

  app.get<{ Params: { id: string } }>("/invitations/:id", async (request, reply) => {
    const invitation = own(request, request.params.id);
    return invitation ? shown(invitation) : fail(reply, 404, "Resource not found");
  });

  app.delete<{ Params: { id: string } }>("/invitations/:id", async (request, reply) => {
    const invitation = own(request, request.params.id);
    if (!invitation) return fail(reply, 404, "Resource not found");
    if (invitation.status !== "pending") return fail(reply, 400, "invitation is not pending");
    const deleted: StoredInvitation = { ...invitation, deleted_at: new Date().toISOString() };
    invitations.put(invitation.id, deleted);
    life.tell("invitation.deleted", deleted);
    return shown(deleted);
  });
}
