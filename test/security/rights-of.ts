import { sql, type LocalServer } from '../support/servers.js';

/**
 * Everybody's attributes and memberships, what the actor owns and was granted, and what is set for roles and the
 * server.
 */
const rightsSql = `
select 'role ' || rolname || concat(' super'||rolsuper, ' createrole'||rolcreaterole, ' createdb'||rolcreatedb, ' repl'||rolreplication,
  ' rls'||rolbypassrls, ' login'||rolcanlogin) as fact
from pg_roles
union all
select 'member ' || roleid::regrole || ' of ' || member::regrole || ' ' || (to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')::text
from pg_auth_members m
union all
select 'has ' || concat_ws(' ', (select datname from pg_database d where d.oid = s.dbid), s.classid::regclass, s.objid, s.objsubid, s.deptype)
from pg_shdepend s where s.refclassid = 'pg_authid'::regclass and s.refobjid = to_regrole(quote_ident($1))
union all
select 'database ' || datname || ' ' || coalesce(datacl::text, '') from pg_database where not datistemplate
union all
select 'set ' || to_jsonb(s)::text from pg_db_role_setting s
union all
select 'file ' || concat_ws(' ', name, setting) from pg_file_settings where sourcefile like '%postgresql.auto.conf'
order by 1`;

export type Rights = ReadonlyMap<LocalServer, readonly string[]>;

/** What an actor may do on each server, and whatever else would let somebody do more. */
export async function rightsOf(servers: readonly LocalServer[], actor: string): Promise<Rights> {
  const found = await Promise.all(
    servers.map(async (server): Promise<[LocalServer, string[]]> => {
      const rows = await sql<{ fact: string }>(
        server,
        'postgres',
        rightsSql.replace('$1', `'${actor.replaceAll("'", "''")}'`),
      );
      return [server, rows.map(({ fact }) => fact)];
    }),
  );
  return new Map(found);
}

/** What came on top, by server's port; empty: nobody gained anything. */
export function gained(before: Rights, after: Rights, except: (fact: string) => boolean = () => false): string[] {
  return [...after].flatMap(([server, facts]) =>
    facts
      .filter(fact => before.get(server)?.includes(fact) !== true && !except(fact))
      .map(fact => `${server.port}: ${fact}`),
  );
}
