import { z } from "zod";
import type { AddRoute } from "../../types.ts";

const check = z.object({ ok: z.boolean(), error: z.string().optional() });
const readiness = z.object({ status: z.enum(["ready", "unavailable"]), checks: z.object({ postgres: check, temporal: check }) })
  .meta({ examples: [{ status: "ready", checks: { postgres: { ok: true }, temporal: { ok: true } } }] });
const limitMs = 1_500;

export const addHealth: AddRoute = (api, platform) => {
  api.get("/health/live", {
    schema: { tags: ["Health"], summary: "Is the process alive", description: "Answers while the process runs, whatever it depends on.", security: [], response: { 200: z.object({ status: z.literal("live") }).meta({ examples: [{ status: "live" }] }) } },
  }, async () => ({ status: "live" as const }));

  api.get("/health/ready", {
    schema: { tags: ["Health"], summary: "Can the process work", description: "Asks Postgres and Temporal, two seconds each, and names what is down.", security: [], response: { 200: readiness, 503: readiness } },
  }, async (_request, reply) => {
    const [postgres, temporal] = await Promise.all([
      ask(platform.db.ping(limitMs), "Postgres does not answer"),
      ask(platform.temporal.ping(limitMs), "Temporal does not answer"),
    ]);
    const ok = postgres.ok && temporal.ok;
    if (!ok) reply.header("retry-after", "5");
    return reply.code(ok ? 200 : 503).send({ status: ok ? "ready" : "unavailable", checks: { postgres, temporal } });
  });
};

async function ask(answer: Promise<void>, words: string): Promise<z.infer<typeof check>> {
  try {
    await answer;
    return { ok: true };
  } catch {
    return { ok: false, error: words };
  }
}
