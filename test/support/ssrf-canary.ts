// Runs in a network namespace of its own: puts every address of the table that can be bound on the loopback interface,
// listens on all of them, then tries each URL past the check, straight at the guarded dispatcher. Prints one JSON object.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { networkInterfaces } from "node:os";
import { request } from "undici";
import { createAddressRules } from "../../src/security/address-rules.ts";
import { createGuardedDispatcher, type LookupAll } from "../../src/security/egress-guard.ts";
import { guardedPost } from "../../src/security/guarded-post.ts";
import { checkWebhookUrl } from "../../src/security/webhook-url.ts";
import { bindableAddresses, refusedUrls } from "./ssrf-table.ts";

const canaryPorts = [80, 443, 5432, 6379, 7233];
let hits = 0;

/** False when the address cannot be put there; the table is tried all the same. */
function bind(address: string): boolean {
  try {
    execFileSync("ip", ["addr", "add", `${address}/${address.includes(":") ? 128 : 32}`, "dev", "lo"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function listen(port: number, host: string): Promise<void> {
  const server = createServer((incoming, response) => {
    hits += 1;
    incoming.resume();
    response.end("reached");
  });
  server.on("connection", () => (hits += 1));
  await new Promise<void>((done, fail) => server.once("error", fail).listen({ port, host, ipv6Only: host === "::" }, done));
  server.unref();
}

const wordOf = (error: unknown): string => (error as { code?: string }).code ?? (error as Error).name;

/** What a dispatcher without a guard reaches: the proof that the canary would notice. */
async function reachableUnguarded(urls: readonly string[]): Promise<number> {
  const before = hits;
  let reached = 0;
  for (const url of urls) {
    try {
      const answer = await request(url, { method: "POST", body: "{}", signal: AbortSignal.timeout(500) });
      await answer.body.dump();
      reached += 1;
    } catch {
      // No URL, no such name, or nobody there.
    }
  }
  hits = before;
  return reached;
}

execFileSync("ip", ["link", "set", "lo", "up"]);
// Nothing can leave: there is no other interface.
const interfaces = Object.keys(networkInterfaces());
if (interfaces.some((name) => name !== "lo")) throw new Error(`not in a namespace of its own: ${interfaces.join(", ")}`);
const bound = bindableAddresses.filter(bind);
for (const port of canaryPorts) for (const host of ["0.0.0.0", "::"]) await listen(port, host);

const unguarded = await reachableUnguarded(refusedUrls.map((one) => one.url));
const lookup: LookupAll = (_name, _options, callback) => setImmediate(() => callback(null, [{ address: "127.0.0.1", family: 4 }]));
const strict = createAddressRules([]);
const dispatcher = createGuardedDispatcher(strict, { connectTimeoutMs: 1_000, connectionsPerOrigin: 1, lookup });
const results = [];
for (const { id, url, blockedAtConnect } of refusedUrls) {
  const refused = checkWebhookUrl(url, strict, { allowHttp: true }).length > 0;
  const outcome = await guardedPost(dispatcher, url, { headers: {}, body: "{}", timeoutMs: 1_000, keepBytes: 8192, readBytes: 131_072 }).then(() => "reached", wordOf);
  results.push({ id, url, blockedAtConnect, refused, outcome });
}
const tableHits = hits;

// The one allowed receiver is reached, and its neighbour is not.
const allowing = createGuardedDispatcher(createAddressRules(["127.0.0.2/32"]), { connectTimeoutMs: 1_000, connectionsPerOrigin: 1 });
const tryAllowed = (host: string): Promise<string | number> =>
  guardedPost(allowing, `http://${host}/`, { headers: {}, body: "{}", timeoutMs: 1_000, keepBytes: 8192, readBytes: 131_072 }).then((answer) => answer.statusCode, wordOf);
const allowed = await tryAllowed("127.0.0.2");
const neighbour = await tryAllowed("127.0.0.3");
console.log(JSON.stringify({ bound: bound.length, unguarded, hits: tableHits, results, allowed, neighbour }));
process.exit();
