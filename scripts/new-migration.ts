// npm run migration:new -- NAME [--from-empty]: writes the SQL between the migrations and schema.prisma as a new migration.
// Needs DATABASE_URL, a server where a shadow database may be created for the comparison.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { migrationDrift } from "../src/db/migrate/drift.ts";
import { migrationsDirectory, partialIndexesPath } from "../src/db/migrate/migration-files.ts";

const LOCKFILE = `# Says which database the migrations are for.\nprovider = "postgresql"\n`;

async function writeMigration(): Promise<string> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { "from-empty": { type: "boolean", default: false }, "timestamp": { type: "string" } },
  });
  const [name] = positionals;
  if (name === undefined || !/^[a-z0-9_]+$/.test(name)) throw new Error("give the migration a name of a-z, 0-9 and _");
  const databaseUrl = process.env["DATABASE_URL"];
  if (!databaseUrl) throw new Error("set DATABASE_URL to a server where a database may be created for the comparison");
  const timestamp = values.timestamp ?? new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  if (!/^\d{14}$/.test(timestamp)) throw new Error("a timestamp has 14 digits: YYYYMMDDhhmmss");

  const fromEmpty = values["from-empty"];
  const folder = path.join(migrationsDirectory, `${timestamp}_${name}`);
  const others = existsSync(migrationsDirectory)
    ? (await readdir(migrationsDirectory)).filter((entry) => /^\d{14}_/.test(entry) && entry !== path.basename(folder))
    : [];
  // A second migration from nothing would create every table twice.
  if (fromEmpty && others.length > 0) throw new Error(`--from-empty makes the first migration, but there is ${others.join(", ")}`);
  let sql = await migrationDrift({ databaseUrl, ...(fromEmpty ? { directory: path.join(migrationsDirectory, "none") } : {}) });
  if (sql === "") throw new Error("nothing to do: the migrations already give what schema.prisma says");
  if (fromEmpty) sql = `${sql.trim()}\n\n${await readFile(partialIndexesPath, "utf8")}`;

  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "migration.sql"), `${sql.trim()}\n`);
  const lockfile = path.join(migrationsDirectory, "migration_lock.toml");
  if (!existsSync(lockfile)) await writeFile(lockfile, LOCKFILE);
  return path.relative(process.cwd(), folder);
}

try {
  console.log(`Wrote ${await writeMigration()}. Read it before it is committed.`);
} catch (error) {
  console.error(`No migration written: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
