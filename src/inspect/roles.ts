import type { Connection } from '../postgres/connection.js';
import type { RoleFacts, ServerFacts } from './facts.js';
import { has } from '../postgres/since.js';

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
  __PASSWORD__ as "passwordDigest",
  coalesce(r.rolvaliduntil <= clock_timestamp(), false) as expired,
__FORM__  coalesce(r.rolconfig, '{}') as settings,
  coalesce(m.roles, '[]') as "memberOf"
from pg_roles r
left join (
  select a.member, json_agg(json_build_object('role', g.rolname, 'admin', a.admin_option, 'inherit', __INHERIT__, 'set',
    __SET__, 'grantor', o.rolname) order by g.rolname, o.rolname) as roles
  from pg_auth_members a
  join pg_roles g on g.oid = a.roleid
  left join pg_roles o on o.oid = a.grantor
  group by a.member
) m on m.member = r.oid
where r.rolname !~ '^pg_'
order by r.rolname`;

/** Made by the server: its stored hash, good for a dictionary attack, is not for the eyes of whoever only plans. */
const passwordSql =
  "(select encode(sha256(convert_to(r.rolname || ' ' || a.rolpassword, " +
  "'UTF8')), 'hex') from pg_authid a where a.oid = r.oid)";

/** Both kinds of hash begin with what they are; anything else was never a password that lets anybody in. */
const formSql = `  (
    select case when a.rolpassword like 'SCRAM-SHA-256$%' then 'scram' when a.rolpassword like 'md5%' then 'md5'
      else 'none' end
    from pg_authid a
    where a.oid = r.oid
  ) as "passwordForm",
`;

/** All roles but the predefined ones. Grants with their own INHERIT and SET exist from 16 on. */
export async function readRoles(
  connection: Connection,
  versionNum: number,
  canReadPasswords: boolean,
): Promise<RoleFacts[]> {
  const [inherit, set] = has(versionNum, 'membershipOptions') ? ['a.inherit_option', 'a.set_option'] : ['null', 'null'];
  return connection.rows<RoleFacts>(
    rolesSql
      .replace('__INHERIT__', inherit)
      .replace('__SET__', set)
      .replace('__FORM__', canReadPasswords ? formSql : '')
      .replace('__PASSWORD__', canReadPasswords ? passwordSql : 'null'),
  );
}

const parameterGrantsSql = `
select p.parname as parameter,
  r.rolname as grantee,
  o.rolname as grantor,
  x.privilege_type as privilege,
  x.is_grantable as grantable
from pg_parameter_acl p
cross join aclexplode(p.paracl) x
left join pg_roles r on r.oid = x.grantee
join pg_roles o on o.oid = x.grantor
where x.grantee <> x.grantor
order by p.parname, x.grantee, x.privilege_type`;

const ofAllRolesSql = `
select coalesce(array_agg(setting), '{}') as "settingsForAll",
  has_table_privilege('pg_catalog.pg_authid', 'select') as "canReadPasswords"
from pg_db_role_setting s
cross join unnest(s.setconfig) setting
where s.setdatabase = 0 and s.setrole = 0`;

/** ALTER ROLE ALL SET, for every role in every database; and whether the hashes of passwords can be read. */
export async function readOfAllRoles(
  connection: Connection,
): Promise<Pick<ServerFacts, 'settingsForAll' | 'canReadPasswords'>> {
  return connection.row<Pick<ServerFacts, 'settingsForAll' | 'canReadPasswords'>>(ofAllRolesSql);
}

/** GRANT … ON PARAMETER is of 15. What the bootstrap superuser has by itself is left out. */
export async function readParameterGrants(
  connection: Connection,
  versionNum: number,
): Promise<ServerFacts['parameterGrants']> {
  return has(versionNum, 'parameterPrivileges')
    ? connection.rows<ServerFacts['parameterGrants'][number]>(parameterGrantsSql)
    : [];
}
