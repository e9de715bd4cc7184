// Runs in a network namespace of its own: puts every address of the table that can be bound on the loopback interface,
// listens on all of them, then tries each URL past the check, straight at the guarded dispatcher. Prints one JSON object.
import { request } from "undici";
import { createAddressRules } from "../../src/security/address-rules.ts";
import { createGuardedDispatcher, type LookupAll } from "../../src/security/egress-guard.ts";
import { guardedPost } from "../../src/security/guarded-post.ts";
import { checkWebhookUrl } from "../../src/security/webhook-url.ts";
import { raiseCanaries } from "./canaries.ts";
import { refusedUrls } from "./ssrf-table.ts";

const wordOf = (error: unknown): string => (error as { code?: string }).code ?? (error as Error).name;

/** What a dispatcher without a guard reaches: the proof that the canary would notice. */
async function reachableUnguarded(urls: readonly string[]): Promise<number> {
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
  canaries.forget();
  return reached;
}

const canaries = await raiseCanaries();

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
const tableHits = canaries.hits();

// The one allowed receiver is reached, and its neighbour is not.
const allowing = createGuardedDispatcher(createAddressRules(["127.0.0.2/32"]), { connectTimeoutMs: 1_000, connectionsPerOrigin: 1 });
const tryAllowed = (host: string): Promise<string | number> =>
  guardedPost(allowing, `http://${host}/`, { headers: {}, body: "{}", timeoutMs: 1_000, keepBytes: 8192, readBytes: 131_072 }).then((answer) => answer.statusCode, wordOf);
const allowed = await tryAllowed("127.0.0.2");
const neighbour = await tryAllowed("127.0.0.3");
console.log(JSON.stringify({ bound: canaries.bound, unguarded, hits: tableHits, results, allowed, neighbour }));
process.exit();
