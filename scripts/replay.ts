// npm run replay [-- --from-server --since 24h]: replays histories against the workflow code as it is now.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, Runtime, type ReplayHistoriesIterable } from "@temporalio/worker";
import { createDataConverter } from "../src/temporal/codec.ts";
import { bundleForReplay, replayHistories } from "../worker/replay.ts";

const folder = new URL("../test/replay/histories/", import.meta.url).pathname;
// Committed histories are encrypted with a key that is no secret.
const publicTestKeys = `test:${Buffer.from("waystation-public-test-key-00000").toString("base64")}`;

const { values } = parseArgs({ options: { "from-server": { type: "boolean", default: false }, since: { type: "string", default: "24h" } } });

function committed(): ReplayHistoriesIterable {
  return readdirSync(folder).filter((name) => name.endsWith(".json")).sort()
    .map((name) => ({ workflowId: basename(name, ".json"), history: JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown }));
}

function serverKeys(): string {
  const file = join(process.env["DATA_DIR"] ?? ".data", "encryption-keys");
  const keys = process.env["ENCRYPTION_KEYS"] ?? (existsSync(file) ? readFileSync(file, "utf8").trim() : "");
  if (keys === "") throw new Error("ENCRYPTION_KEYS is needed to read the server's histories.");
  return keys;
}

async function fromServer(since: string, keys: string): Promise<ReplayHistoriesIterable> {
  const match = /^(\d+)(m|h|d)$/.exec(since);
  if (match === null) throw new Error(`--since takes 30m, 24h or 7d, not "${since}".`);
  const sinceMs = Number(match[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as "m" | "h" | "d"];
  const connection = await Connection.connect({ address: process.env["TEMPORAL_ADDRESS"] ?? "127.0.0.1:7233" });
  const client = new Client({ connection, namespace: process.env["TEMPORAL_NAMESPACE"] ?? "default", dataConverter: createDataConverter(keys) });
  return client.workflow.list({ query: `StartTime > "${new Date(Date.now() - sinceMs).toISOString()}"` }).intoHistories();
}

Runtime.install({ logger: new DefaultLogger("ERROR"), telemetryOptions: { logging: { filter: "off" } } });
const keys = values["from-server"] ? serverKeys() : publicTestKeys;
const histories = values["from-server"] ? await fromServer(values.since, keys) : committed();
let passed = 0;
let failed = 0;
for await (const { workflowId, error } of replayHistories(keys, await bundleForReplay(), histories)) {
  if (error === null) passed += 1;
  else failed += 1;
  console.log(`${error === null ? "ok  " : "FAIL"} ${workflowId}${error === null ? "" : `: ${error.message}`}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
