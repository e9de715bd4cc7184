import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { MigrationList, SchemaFilter } from "@prisma/schema-engine-wasm";
import type { SchemaFile } from "./engine.ts";

const projectRoot = resolve(import.meta.dirname, "../../..");

export const migrationsDirectory = join(projectRoot, "prisma/migrations");
export const schemaPath = join(projectRoot, "prisma/schema.prisma");
export const partialIndexesPath = join(projectRoot, "prisma/partial-indexes.sql");

/** Everything in the schema is ours: nothing is managed elsewhere. */
export const wholeSchema: SchemaFilter = { externalTables: [], externalEnums: [] };

export async function readSchema(path: string = schemaPath): Promise<SchemaFile> {
  return { path, content: await readFile(path, "utf8") };
}

/** The committed migrations, oldest first: their folder names begin with a time stamp. */
export async function readMigrations(directory: string = migrationsDirectory): Promise<MigrationList> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: "migration.sql",
        content: { tag: "ok" as const, value: await readFile(join(directory, name, "migration.sql"), "utf8") },
      },
    })),
  );
  const lockfile = await readFile(join(directory, "migration_lock.toml"), "utf8").catch(() => 'provider = "postgresql"\n');
  return {
    baseDir: directory,
    lockfile: { path: "./migration_lock.toml", content: lockfile },
    shadowDbInitScript: "",
    migrationDirectories,
  };
}
