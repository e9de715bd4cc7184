import pg from "pg";
import { databaseRoles, type DatabaseRole } from "./roles.ts";

interface Rights {
  superuser: boolean;
  bypasses: boolean;
  owned: string | null;
}

// Of what it is a member of counts too: a role may act for an owner that it is a member of.
const rightsSql = `
  SELECT r.rolsuper AS superuser, r.rolbypassrls AS bypasses,
    (SELECT min(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_has_role(r.oid, c.relowner, 'MEMBER')) AS owned
  FROM pg_roles r WHERE r.rolname = current_user`;

/**
 * Takes every role that this process works in, one after the other.
 * @throws Error in one line, when one can't be taken, or when row-level security would not hold in it.
 */
export async function checkRoles(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000, application_name: "waystation-check" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    for (const role of databaseRoles) await checkRole(client, role);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkRole(client: pg.Client, role: DatabaseRole): Promise<void> {
  try {
    await client.query(`SET ROLE ${role}`);
  } catch (error) {
    throw new Error(`the login of DATABASE_URL cannot take the role ${role} (${(error as Error).message}): run "npm run migrate", and make the login a member of it`, { cause: error });
  }
  const { rows } = await client.query<Rights>(rightsSql);
  const { superuser, bypasses, owned } = rows[0] ?? { superuser: true, bypasses: true, owned: null };
  const fault = superuser ? "is a superuser" : bypasses ? "may bypass row-level security" : owned !== null ? `acts for the owner of the table ${owned}` : null;
  if (fault !== null) throw new Error(`the role ${role} ${fault}, so that tenants would not be kept apart: docs/operators.md says how to set it up`);
  await client.query("RESET ROLE");
}
