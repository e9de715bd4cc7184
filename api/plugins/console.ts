import fastifyStatic from "@fastify/static";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { notFound } from "../../src/lib/errors.ts";
import type { Api } from "../types.ts";

const dist = fileURLToPath(new URL("../../console/dist/", import.meta.url));

/** The console at /console/, from our own origin. Its paths are its own: an unknown one below /console/ gets the page. */
export async function addConsole(api: Api): Promise<void> {
  api.get("/", { schema: { hide: true } }, async (_request, reply) => reply.redirect("/console/"));
  if (!existsSync(dist)) {
    api.get("/console/*", { schema: { hide: true } }, async () => {
      throw notFound("console: it was not built (npm run console:build)");
    });
    return;
  }
  await api.register(fastifyStatic, { root: dist, prefix: "/console/", wildcard: false, index: ["index.html"] });
  api.get("/console/*", { schema: { hide: true } }, async (_request, reply) => reply.type("text/html").sendFile("index.html"));
}
