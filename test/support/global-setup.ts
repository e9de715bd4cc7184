// Once per run: one PostgreSQL that may lose its data, a migrated template database in it, and Temporal's two programs.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { applyMigrations } from "../../src/db/migrate/apply.ts";
import { startPostgres } from "../../src/local/postgres.ts";
import { resolveTemporalBinary } from "../../src/local/temporal-binary.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The administrator's connection string; createTestDatabase() makes a test's own database. */
    postgresUrl: string;
    temporalBinary: string;
    timeSkippingBinary: string;
  }
}

const TEMPLATE_DATABASE = "waystation_template";

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const say = (line: string): void => console.log(line);
  const temporal = await resolveTemporalBinary("temporal", { say });
  const timeSkipping = await resolveTemporalBinary("temporal-test-server", { say });

  const folder = await mkdtemp(path.join(tmpdir(), "waystation-test-"));
  await chmod(folder, 0o711); // root's tests run the server as another user, who must get to its data
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const postgres = await startPostgres({
      dir: path.join(folder, "postgres"),
      port: await freePort(),
      fast: true,
      logFile: path.join(folder, "postgres.log"),
    });
    try {
      await makeTemplate(postgres.adminUrl, postgres.url(TEMPLATE_DATABASE));
    } catch (error) {
      await postgres.stop();
      throw error;
    }
    project.provide("postgresUrl", postgres.adminUrl);
    project.provide("temporalBinary", temporal.path);
    project.provide("timeSkippingBinary", timeSkipping.path);
    return async () => {
      await postgres.stop();
      await removeFolder();
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

async function makeTemplate(adminUrl: string, templateUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`).finally(() => admin.end());
  await applyMigrations({ databaseUrl: templateUrl });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === "object" ? resolve(address.port) : reject(new Error("no free port"))));
    });
  });
}
