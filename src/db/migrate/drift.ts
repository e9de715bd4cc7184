import { migrationAdapterFactory } from "./adapter.ts";
import { withEngine } from "./engine.ts";
import { readMigrations, readSchema, schemaPath, wholeSchema } from "./migration-files.ts";

/**
 * What a new migration would have to say: the SQL from the state after all migrations to schema.prisma, or an empty text
 * when they agree. Needs the right to create databases, as the migrations are played into a shadow database.
 */
export async function migrationDrift(options: { databaseUrl: string; schema?: string; directory?: string }): Promise<string> {
  const schema = await readSchema();
  const target = { path: schemaPath, content: options.schema ?? schema.content };
  const migrations = await readMigrations(options.directory);
  return await withEngine({ schema: target, adapterFactory: migrationAdapterFactory(options.databaseUrl) }, async (engine) => {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: "migrations", ...migrations },
      to: { tag: "schemaDatamodel", files: [target] },
      script: true,
      exitCode: true,
      filters: wholeSchema,
    });
    return exitCode === 0 ? "" : (stdout ?? "");
  });
}
