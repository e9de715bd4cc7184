import type pg from "pg";
import { databaseRoles } from "../../src/db/roles.ts";

/** What the roles may do to tables, as the database says it: one line per role, table and command, with the columns where it is not all. */
export async function grantsOf(owner: pg.Pool): Promise<string[]> {
  const { rows } = await owner.query<{ line: string }>(
    `WITH given AS (
       SELECT acl.grantee, c.relname, acl.privilege_type, NULL AS columns FROM pg_class c, aclexplode(c.relacl) acl
       WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee <> c.relowner
       UNION ALL
       SELECT acl.grantee, c.relname, acl.privilege_type, string_agg(a.attname, ', ' ORDER BY a.attname)
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped, aclexplode(a.attacl) acl
       WHERE c.relnamespace = 'public'::regnamespace AND acl.grantee <> c.relowner
       GROUP BY 1, 2, 3
     )
     SELECT concat(CASE grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(grantee) END, ' ', relname, ' ', privilege_type, ' (' || columns || ')') AS line FROM given`,
  );
  return rows.map(({ line }) => line.replace(/^waystation_/, "")).sort();
}

export interface RoleFacts {
  name: string;
  login: boolean;
  superuser: boolean;
  bypasses: boolean;
  creates: boolean;
  owns: number;
  memberOf: number;
}

export async function roleFacts(owner: pg.Pool): Promise<RoleFacts[]> {
  const { rows } = await owner.query<RoleFacts>(
    `SELECT rolname AS name, rolcanlogin AS login, rolsuper AS superuser, rolbypassrls AS bypasses, rolcreaterole OR rolcreatedb OR rolreplication AS creates,
       (SELECT count(*)::int FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid AND deptype = 'o') AS owns,
       (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS "memberOf"
     FROM pg_roles r WHERE rolname = ANY($1::text[])`,
    [[...databaseRoles]],
  );
  return rows;
}
