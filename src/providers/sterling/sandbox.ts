import { randomUUID, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ProviderSandbox } from "../contract.ts";
import { magicTagsOf, type SandboxWorld } from "../sandbox-contract.ts";
import { sterlingManifest, type SterlingCredentials, type SterlingSettings } from "./manifest.ts";
import { newScreening, packages, ScreeningLife, shown, type StoredScreening } from "./sandbox-screening.ts";

const tokenLifeSeconds = 3_600;
/** Under which a request carries the account that it belongs to. */
const accountKey = "sterlingAccount";

/** Sterling's host as far as Waystation talks to it. Each account sees its own objects only. */
export const sterlingSandbox: ProviderSandbox<SterlingCredentials, SterlingSettings> = {
  credentials: ({ account, derive }) => ({ clientId: `sbx-${account}`, clientSecret: derive("secret").slice(0, 40), callbackSecret: derive("callback") }),
  routes(app, world) {
    app.decorateRequest(accountKey, "");
    const life = new ScreeningLife(world);
    app.get("/invite/:screening", async (_request, reply) =>
      reply.type("text/html; charset=utf-8").send("<!doctype html><title>Sandbox</title><p>The simulated candidate consents by itself."),
    );
    app.post("/oauth", async (request, reply) => grantToken(request, reply, world));
    app.register(async (authenticated) => {
      authenticated.addHook("preHandler", async (request, reply) => {
        const account = accountOfToken(/^Bearer (.+)$/.exec(String(request.headers.authorization ?? ""))?.[1] ?? "", world);
        if (account === undefined) return fail(reply, 401, "401#unauthorized", "The access token is missing, wrong or expired");
        if (!world.allow(account, sterlingManifest.rate)) return fail(reply.header("retry-after", "1"), 429, "429#too-many-requests", "Too many requests");
        request.setDecorator(accountKey, account);
        return undefined;
      });
      authenticated.get("/packages", async () => packages);
      candidateRoutes(authenticated, world);
      screeningRoutes(authenticated, world, life, app.prefix);
    });
  },
  exampleWebhook({ credentials, now, type = "screening", body }) {
    const bytes = body ?? Buffer.from(JSON.stringify({ type, payload: { id: "1806030372", status: "Complete", updatedAt: now.toISOString() } }));
    const url = `https://hooks.example.test/webhooks/sterling/example/${credentials.callbackSecret}`;
    return { method: "POST", url, headers: { "content-type": "application/json" }, body: bytes, pathSecret: credentials.callbackSecret };
  },
};

function accountOf(request: FastifyRequest): string {
  return request.getDecorator<string>(accountKey);
}

function grantToken(request: FastifyRequest, reply: FastifyReply, world: SandboxWorld): FastifyReply {
  const basic = Buffer.from(/^Basic (.+)$/.exec(String(request.headers.authorization ?? ""))?.[1] ?? "", "base64").toString("utf8");
  const [, account, secret] = /^sbx-([^:]+):(.+)$/.exec(basic) ?? [];
  const known = account !== undefined && secret !== undefined && equal(world.derive(account, "secret").slice(0, 40), secret);
  if (!known) return fail(reply, 401, "401#unauthorized", "Unknown client");
  if (new URLSearchParams(textOf(request)).get("grant_type") !== "client_credentials") return fail(reply, 400, "400#grant_type", "grant_type must be client_credentials");
  const expires = Date.now() + tokenLifeSeconds * 1000;
  const access_token = `${Buffer.from(account).toString("base64url")}.${expires}.${world.derive(account, `token/${expires}`)}`;
  // As text, like Sterling's own.
  return reply.send({ access_token, token_type: "Bearer", expires_in: String(tokenLifeSeconds) });
}

function accountOfToken(token: string, world: SandboxWorld): string | undefined {
  const [, name, expires, proof] = /^([\w-]+)\.(\d{13})\.([0-9a-f]{64})$/.exec(token) ?? [];
  if (name === undefined || expires === undefined || proof === undefined || Number(expires) < Date.now()) return undefined;
  const account = Buffer.from(name, "base64url").toString("utf8");
  return equal(world.derive(account, `token/${expires}`), proof) ? account : undefined;
}

const candidateSchema = z.looseObject({ clientReferenceId: z.string().min(1).max(200), givenName: z.string().min(1), familyName: z.string().min(1), email: z.email() });

function candidateRoutes(app: FastifyInstance, world: SandboxWorld): void {
  const candidates = world.objects("candidates");
  const attempts = world.objects("_attempts");
  const own = (request: FastifyRequest) => candidates.list().filter((candidate) => candidate["account"] === accountOf(request));
  const visible = ({ account: _account, ...candidate }: Record<string, unknown>) => candidate;

  app.post("/candidates", async (request, reply) => {
    const body = candidateSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, `400#${String(body.error.issues[0]?.path[0] ?? "body")}`, "A required field is missing or wrong");
    const { email } = body.data;
    const key = `${accountOf(request)}\n${email}`;
    const made = Number(attempts.get(key)?.["made"] ?? 0);
    const tags = magicTagsOf(email);
    const failure = [...(tags.includes("error") ? [500, 500] : []), ...(tags.includes("limit") ? [429, 429] : [])][made];
    if (failure !== undefined) {
      attempts.put(key, { made: made + 1 });
      if (failure === 429) reply.header("retry-after", "1");
      return fail(reply, failure, `${failure}#ordered`, "The address asked for it");
    }
    if (own(request).some((candidate) => candidate["email"] === email)) return fail(reply, 409, "409#email?already-in-use", "The email is already in use");
    const candidate = { ...body.data, id: randomUUID(), account: accountOf(request) };
    candidates.put(candidate.id, candidate);
    return reply.code(201).send(visible(candidate));
  });

  app.get<{ Querystring: { email?: string } }>("/candidates", async (request) =>
    own(request).filter((candidate) => request.query.email === undefined || candidate["email"] === request.query.email).map(visible),
  );
}

const orderSchema = z.object({
  candidateId: z.string(), packageId: z.string(), callback: z.object({ uri: z.url({ protocol: /^https?$/ }) }).optional(), invite: z.object({ method: z.enum(["link", "email"]) }).optional(),
});

function screeningRoutes(app: FastifyInstance, world: SandboxWorld, life: ScreeningLife, prefix: string): void {
  const screenings = world.objects("screenings");
  const own = (request: FastifyRequest) => (screenings.list() as StoredScreening[]).filter(({ sandbox }) => sandbox.account === accountOf(request));
  const find = (request: FastifyRequest, id: string) => {
    const screening = screenings.get(id) as StoredScreening | undefined;
    return screening?.sandbox.account === accountOf(request) ? screening : undefined;
  };

  app.post("/screenings", async (request, reply) => {
    const body = orderSchema.safeParse(jsonOf(request));
    if (!body.success) return fail(reply, 400, "400#body", "candidateId and packageId are required");
    const { candidateId, packageId, callback, invite } = body.data;
    const candidate = world.objects("candidates").get(candidateId);
    if (candidate?.["account"] !== accountOf(request)) return fail(reply, 404, "404#candidateId", "The candidate does not exist");
    if (!packages.some(({ id }) => id === packageId)) return fail(reply, 400, "400#packageId", "The package does not exist");
    const screening = newScreening({ account: accountOf(request), email: String(candidate["email"]), candidateId, packageId, callbackUri: callback?.uri ?? null });
    if (invite !== undefined) screening.invite = { method: invite.method, link: `http://${request.host}${prefix}/invite/${screening.id}` };
    screenings.put(screening.id, screening);
    if (invite === undefined) life.begin(screening);
    else life.invited(screening);
    return reply.code(201).send(shown(screening));
  });

  app.get<{ Querystring: { candidateId?: string } }>("/screenings", async (request) =>
    own(request).filter(({ candidateId }) => request.query.candidateId === undefined || candidateId === request.query.candidateId).map(shown),
  );

  app.get<{ Params: { id: string } }>("/screenings/:id", async (request, reply) => {
    const screening = find(request, request.params.id);
    return screening ? shown(screening) : fail(reply, 404, "404#screening", "The screening does not exist");
  });

  app.post<{ Params: { id: string } }>("/screenings/:id/report-links", async (request, reply) => {
    const screening = find(request, request.params.id);
    if (!screening) return fail(reply, 404, "404#screening", "The screening does not exist");
    if (screening.status !== "Complete") return fail(reply, 422, "422#not-yet-complete", "The screening is not complete");
    return reply.code(201).send({ links: [{ href: `http://${request.host}${prefix}/invite/${screening.id}` }] });
  });
}

function fail(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ code, message }] });
}

function equal(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function textOf(request: FastifyRequest): string {
  return Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "";
}

function jsonOf(request: FastifyRequest): unknown {
  try {
    return JSON.parse(textOf(request));
  } catch {
    return undefined;
  }
}
