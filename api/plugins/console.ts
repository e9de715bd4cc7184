import fastifyStatic from "@fastify/static";
import type { FastifyReply } from "fastify";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
    index: false,
    globIgnore: ["index.html"],
    cacheControl: false,
    // Built files carry a hash in their name; the page that names them must be asked for anew.
    setHeaders: (response, path) => void response.header("cache-control", path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"),
  });
  const page = readFileSync(join(dist, "index.html"), "utf8");
  api.get("/console/", { schema: { hide: true } }, async (_request, reply) => sendPage(reply, page));
  api.get("/console/*", { schema: { hide: true } }, async (request, reply) => {
    // A file that is gone is gone: the page in its place would be read as a script.
    if (request.url.startsWith("/console/assets/")) throw notFound("file");
    return sendPage(reply, page);
  });
}

/** The UI kit writes style elements while it runs: those that carry this answer's nonce may, and no others. */
function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(16).toString("base64");
  const policy = String(reply.getHeader("content-security-policy") ?? "");
  reply.headers({ "content-security-policy": policy.replace("style-src 'self'", `style-src 'self' 'nonce-${nonce}'`), "cache-control": "no-store" });
  return reply.type("text/html; charset=utf-8").send(page.replace("<head>", `<head>\n    <meta name="style-nonce" content="${nonce}" />`));
}
