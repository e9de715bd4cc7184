// npm run keys:rotate: puts every sealed value of the database under the first key of ENCRYPTION_KEYS, beside running
// processes; run again after it was stopped. `-- --check` only counts the values by key.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadConfig } from "../src/config/config.ts";
import { openDatabase } from "../src/db/client.ts";
import { createLogger } from "../src/lib/logger.ts";
import { localKeyRing } from "../src/security/key-ring.ts";
import { countKeyUse, rotateKeys, type Rotation, type RotationProgress } from "../src/security/rotate-keys.ts";
import { createVault } from "../src/security/vault.ts";

const batchSize = 200;
const passes = 60;
const pauseMs = 500;
const lineEveryMs = 1_000;

function progressPrinter(): (progress: RotationProgress) => void {
  let printedAt = 0;
  return ({ rewrapped, table, column }) => {
    if (Date.now() - printedAt < lineEveryMs) return;
    printedAt = Date.now();
    console.log(`${rewrapped} re-wrapped so far, at ${table}.${column}`);
  };
}

function report(rotation: Rotation, keyId: string): void {
  for (const { table, column, id, reason } of rotation.unreadable.slice(0, 20)) console.error(`${table}.${column} of ${id}: ${reason}`);
  if (rotation.left === 0) return console.log(`Re-wrapped ${rotation.rewrapped} values under "${keyId}"; no value is left under an older key.`);
  process.exitCode = 1;
  const held = rotation.left - rotation.unreadable.length;
  const words = [
    ...(rotation.unreadable.length > 0 ? [`${rotation.unreadable.length} can't be opened (see above)`] : []),
    ...(held > 0 ? [`${held} are locked, or are written by a process that does not have "${keyId}" as its first key: restart it and run this again`] : []),
  ];
  console.error(`Re-wrapped ${rotation.rewrapped} values under "${keyId}"; ${rotation.left} are left under an older key: ${words.join("; ")}.`);
}

async function check(pool: Parameters<typeof countKeyUse>[0], currentId: string): Promise<void> {
  const uses = await countKeyUse(pool);
  for (const { table, column, version, keyId, count } of uses) console.log(`${table}.${column}: ${count} under "${keyId}"${version === 1 ? " (version 1)" : ""}`);
  const total = (of: typeof uses): number => of.reduce((sum, { count }) => sum + count, 0);
  const current = uses.filter(({ keyId, version }) => keyId === currentId && version !== 1);
  console.log(`${total(current)} values are under the newest key "${currentId}", ${total(uses) - total(current)} are to be re-wrapped.`);
}

try {
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  const config = loadConfig(process.env);
  const keyRing = localKeyRing(config.encryptionKeys);
  const db = openDatabase({ url: config.databaseUrl, poolSize: 2, logger: createLogger({ level: "silent", process: "rotate-keys" }) });
  try {
    if (values.check) await check(db.hot.upkeep, keyRing.currentId);
    else report(await rotateKeys(db.hot.upkeep, createVault(keyRing), { batchSize, passes, pause: () => sleep(pauseMs), onProgress: progressPrinter() }), keyRing.currentId);
  } finally {
    await db.close();
  }
} catch (error) {
  console.error(`The keys were not rotated: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
