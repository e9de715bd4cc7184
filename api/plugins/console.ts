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
  await api.register(fastifyStatic, {
    root: dist,
    prefix: "/console/",
    wildcard: false,
    index: ["index.html"],
    cacheControl: false,
    // Built files carry a hash in their name; the page that names them must be asked for anew.
    setHeaders: (response, path) => void response.header("cache-control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"),
  });
  api.get("/console/*", { schema: { hide: true } }, async (request, reply) => {
    // A file that is gone is gone: the page in its place would be read as a script.
    if (request.url.startsWith("/console/assets/")) throw notFound("file");
    return await reply.type("text/html").sendFile("index.html");
  });
}
