import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { BlockRecord, ConnectGrant } from '../state/block-record.js';
import { revokeStatements, unblockCommands } from './block-statements.js';

export type { BlockRecord };

const settingSql = `
select split_part(setting, '=', 2) as value
from pg_db_role_setting s
cross join unnest(s.setconfig) as setting
where s.setrole = 0
  and s.setdatabase = (select oid from pg_database where datname = $1)
  and split_part(setting, '=', 1) = 'default_transaction_read_only'`;

/**
 * In the ACL's order: whoever grants stands there before those whom they granted it. The owner grants as nobody by
 * name.
 */
const grantsSql = `
select coalesce(grantee.rolname, '')::text as grantee,
       case when acl.grantor <> d.datdba then grantor.rolname::text end as grantor,
       acl.is_grantable as grantable
from pg_database d
cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) with ordinality
  as acl (grantor, grantee, privilege_type, is_grantable, at)
left join pg_roles grantee on grantee.oid = acl.grantee
left join pg_roles grantor on grantor.oid = acl.grantor
where d.datname = $1
  and acl.privilege_type = 'CONNECT'
  and (acl.grantee = 0 or grantee.oid is not null)
order by acl.at`;

const selfSql = "select current_user::text as name, current_setting('is_superuser') = 'on' as superuser";

/**
 * Reads what {@link blockDatabases} will replace.
 * @param dialsAs a role for replication alone, which writes nothing: a grant of its own is left, since the way back dials
 * this side while it is still shut
 */
export async function readBlock(
  connection: Connection,
  database: string,
  dialsAs: string | undefined,
): Promise<BlockRecord> {
  const [setting] = await connection.rows<{ value: string }>(settingSql, [database]);
  const all = await connection.rows<ConnectGrant>(grantsSql, [database]);
  const self = await connection.row<{ name: string; superuser: boolean }>(selfSql);
  const own = all.find(({ grantee, grantor }) => grantee === self.name && grantor === null);
  const grants = all.filter(grant =>
    grant === own ? own.grantable : grant.grantee !== dialsAs || grant.grantor !== null || grant.grantable,
  );
  const connect = [...new Set(grants.filter(grant => grant !== own).map(({ grantee }) => grantee))];
  const needsGrant = !self.superuser && connect.length > 0 && own === undefined;
  return {
    database,
    readOnly: setting?.value ?? null,
    connect,
    grants,
    ...(own?.grantable === true ? { keeps: self.name } : {}),
    ...(needsGrant ? { granted: self.name } : {}),
  };
}

/**
 * Shuts databases to applications until {@link unblockDatabases}: read-only by default and no right to connect. Both
 * are kept in catalogs of the whole cluster, so one transaction shuts all of them: a crash leaves all open or all shut.
 * Superusers can still connect, and write if they insist.
 */
export async function blockDatabases(connection: Connection, records: readonly BlockRecord[]): Promise<void> {
  await inOneTransaction(
    connection,
    records.flatMap(record => {
      const name = quoteIdentifier(record.database);
      return [
        `alter database ${name} set default_transaction_read_only = on`,
        ...(record.granted === undefined
          ? []
          : [`grant connect on database ${name} to ${quoteIdentifier(record.granted)}`]),
        ...revokeStatements(record),
      ];
    }),
  );
}

export async function unblockDatabases(connection: Connection, records: readonly BlockRecord[]): Promise<void> {
  await inOneTransaction(connection, unblockCommands(records));
}

const shutSql = `
select d.datname::text as name
from pg_database d
join pg_db_role_setting s on s.setdatabase = d.oid and s.setrole = 0
where d.datname = any($1)
  and 'default_transaction_read_only=on' = any(s.setconfig)`;

/** Is the block of these databases in place? One transaction sets it for all. */
export async function areBlocked(connection: Connection, records: readonly BlockRecord[]): Promise<boolean> {
  // One that was read-only before proves nothing.
  const wanted = records.filter(record => record.readOnly !== 'on').map(record => record.database);
  const shut = await connection.rows<{ name: string }>(shutSql, [wanted]);
  return wanted.length > 0 && shut.length === wanted.length;
}

async function inOneTransaction(connection: Connection, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  for (let tries = 0; ; tries++) {
    try {
      await connection.execute(`begin; ${statements.join('; ')}; commit`);
      return;
    } catch (error) {
      await connection.execute('rollback').catch(() => undefined);
      // An autovacuum or someone's GRANT that touches the same row of pg_database at this moment.
      if (tries > 3 || !(error instanceof Error && /tuple concurrently updated/.test(error.message))) throw error;
    }
  }
}

const rightsSql = `
select coalesce(bool_and(pg_has_role(current_user, d.datdba, 'usage')), true) as owns,
       pg_has_role(current_user, 'pg_signal_backend', 'member') as signals
from pg_database d
where d.datname = any($1)`;

/** Is it a superuser, or the owner of all of them? */
export async function mayBlock(connection: Connection, databases: readonly string[]): Promise<boolean> {
  const { superuser } = await connection.row<{ superuser: boolean }>(selfSql);
  return superuser || (await connection.row<{ owns: boolean }>(rightsSql, [databases])).owns;
}

/** @throws UserError when the role may not shut the databases: known before writes are stopped */
export async function assertMayBlock(connection: Connection, databases: readonly string[]): Promise<void> {
  const { name, superuser } = await connection.row<{ name: string; superuser: boolean }>(selfSql);
  if (superuser) return;
  const { owns, signals } = await connection.row<{ owns: boolean; signals: boolean }>(rightsSql, [databases]);
  if (owns && signals) return;
  const lacks = [
    ...(owns ? [] : ['is not the owner of every database']),
    ...(signals ? [] : ['is not a member of pg_signal_backend']),
  ].join(' and ');
  throw new UserError(`writers cannot be kept out after the switch: "${name}" ${lacks}`, {
    kind: 'blocked',
    code: 'PGM624',
    hint:
      `grant it (grant pg_signal_backend to ${quoteIdentifier(name)}; alter database … owner to …), or stop ` +
      'your applications yourself and set cutover.freeze: none. Writes were not stopped',
  });
}

/** Sessions of superusers can only be ended by superusers. */
const terminateSql = `
select pg_terminate_backend(a.pid) as ended
from pg_stat_activity a
join pg_roles r on r.oid = a.usesysid
where a.datname = any($1)
  and a.backend_start < $2::timestamptz
  and a.backend_start >= coalesce($3::timestamptz, '-infinity')
  and a.pid <> pg_backend_pid()
  and a.backend_type = 'client backend'
  and a.application_name not like 'pgm: %'
  and (not r.rolsuper or current_setting('is_superuser') = 'on')`;

/** The server's own clock. */
export async function moment(connection: Connection): Promise<string> {
  const { now } = await connection.row<{ now: string }>('select clock_timestamp()::text as now');
  return now;
}

/** Milliseconds to wait for sessions to be gone; they die at their next interrupt. */
const endPatience = 5_000;

/**
 * Ends the applications' sessions that are older than this call, or those of a span of time, and waits until they are
 * gone. Whoever comes after the block has no right to connect, or is read-only by default.
 * @param span moments of the server: only sessions that began between them; from null: from the beginning
 * @returns false when some are still there
 */
export async function endApplications(
  connection: Connection,
  databases: readonly string[],
  span?: { readonly from: string | null; readonly to: string },
): Promise<boolean> {
  const before = span?.to ?? (await moment(connection));
  const deadline = performance.now() + endPatience;
  for (;;) {
    const left = await connection.rows(terminateSql, [databases, before, span?.from ?? null]);
    if (left.length === 0) return true;
    if (performance.now() > deadline) return false;
    await sleep(2);
  }
}
