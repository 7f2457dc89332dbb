import type { Connection } from '../postgres/connection.js';
import type { RoleFacts } from './facts.js';

const rolesSql = `
select r.rolname as name,
  r.rolsuper as superuser,
  r.rolinherit as inherit,
  r.rolcreaterole as createrole,
  r.rolcreatedb as createdb,
  r.rolcanlogin as "canLogin",
  r.rolreplication as replication,
  r.rolbypassrls as bypassrls,
  r.rolconnlimit as "connectionLimit",
  r.rolvaliduntil::text as "validUntil",
  shobj_description(r.oid, 'pg_authid') as comment,
  coalesce(r.rolconfig, '{}') as settings,
  coalesce(m.roles, '[]') as "memberOf"
from pg_roles r
left join (
  select a.member, json_agg(json_build_object('role', g.rolname, 'admin', a.admin_option, 'inherit', __INHERIT__, 'set', __SET__) order by g.rolname) as roles
  from pg_auth_members a
  join pg_roles g on g.oid = a.roleid
  group by a.member
) m on m.member = r.oid
where r.rolname !~ '^pg_'
order by r.rolname`;

/** All roles but the predefined ones. Grants with their own INHERIT and SET exist from 16 on. */
export async function readRoles(connection: Connection, versionNum: number): Promise<RoleFacts[]> {
  const [inherit, set] = versionNum >= 160000 ? ['a.inherit_option', 'a.set_option'] : ['null', 'null'];
  return connection.rows<RoleFacts>(rolesSql.replace('__INHERIT__', inherit).replace('__SET__', set));
}
