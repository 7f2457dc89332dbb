import { createHash } from 'node:crypto';
import type { Connection } from '../postgres/connection.js';
import { parseHolder, type Holder } from './holder.js';

/** What pg_locks and pg_stat_activity tell of the session that holds a migration's advisory lock. */
export interface TargetHolder {
  readonly backendPid: number;
  readonly applicationName: string;
  /** null for a session that is not pgm's. */
  readonly holder: Holder | null;
  /**
   * Milliseconds since its last heartbeat, by the server's clock; null where the server does not show it to this role.
   */
  readonly heartbeatAge: number | null;
}

const tryLockSql = 'select pg_try_advisory_lock($1::bigint) as taken';

const unlockSql = 'select pg_advisory_unlock($1::bigint)';

const heartbeatSql = 'select pg_postmaster_start_time()::text as server_start';

/** A machine that vanishes takes its lock along in half a minute, not in the system's two hours. */
const prepareSessionSql = `
select set_config(wanted.name, wanted.value, false)
from (values ('tcp_keepalives_idle', '10'), ('tcp_keepalives_interval', '5'), ('tcp_keepalives_count', '3'),
             ('tcp_user_timeout', '25000')) as wanted (name, value)
join pg_settings using (name)`;

/**
 * The last statement of the holder's session is in pg_stat_activity, with the holder in a comment and its time as the
 * heartbeat: no table is needed, and nothing is left behind whatever happens to the holder.
 */
const holderSql = `
select
  activity.pid,
  coalesce(activity.application_name, '') as application_name,
  activity.query,
  (extract(epoch from clock_timestamp() - activity.query_start) * 1000)::float8 as heartbeat_age
from pg_locks as held
join pg_stat_activity as activity using (pid)
where held.locktype = 'advisory'
  and held.granted
  and held.database = (select oid from pg_database where datname = current_database())
  and held.classid = (($1::bigint >> 32) & 4294967295)::oid
  and held.objid = ($1::bigint & 4294967295)::oid
  and held.objsubid = 1`;

const terminateSql = 'select pg_terminate_backend($1)';

const backendSql = `
select pid
from pg_stat_activity
where pid = $1`;

/** The advisory lock's key: two migrations of different names have different ones. A signed 64-bit number as text. */
export function lockKey(migration: string): string {
  return createHash('sha256').update(`pgm run lock: ${migration}`).digest().readBigInt64BE(0).toString();
}

/** `application_name` after `pgm: `: all that is seen by a role that may not read other sessions' statements. */
export function lockPurpose(holder: Holder): string {
  return `lock ${holder.id} ${holder.pid} ${holder.user}@${holder.host} ${holder.command}`;
}

export async function prepareLockSession(connection: Connection): Promise<void> {
  await connection.rows(prepareSessionSql);
}

/** @returns false when another session has it */
export async function tryLock(connection: Connection, key: string, holder: Holder): Promise<boolean> {
  return (await connection.row<{ taken: boolean }>(signed(tryLockSql, holder), [key])).taken;
}

export async function unlock(connection: Connection, key: string): Promise<void> {
  await connection.rows(unlockSql, [key]);
}

/** Renews the heartbeat. @returns when the server was started: another time means that it was restarted */
export async function beat(connection: Connection, holder: Holder): Promise<string> {
  return (await connection.row<{ server_start: string }>(signed(heartbeatSql, holder))).server_start;
}

/** Who has the lock; null: nobody. */
export async function findTargetHolder(connection: Connection, key: string): Promise<TargetHolder | null> {
  const [row] = await connection.rows<{
    pid: number;
    application_name: string;
    query: string | null;
    heartbeat_age: number | null;
  }>(holderSql, [key]);
  if (row === undefined) return null;
  const holder = holderOfQuery(row.query) ?? holderOfName(row.application_name);
  return { backendPid: row.pid, applicationName: row.application_name, holder, heartbeatAge: row.heartbeat_age };
}

/**
 * Ends a session and waits until it is gone, which frees its lock.
 * @throws StatementError when this role may not (42501)
 */
export async function terminate(connection: Connection, backendPid: number): Promise<void> {
  await connection.rows(terminateSql, [backendPid]);
  for (let tries = 0; tries < 100; tries++) {
    if ((await connection.rows(backendSql, [backendPid])).length === 0) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

/** A comment cannot end early: every slash inside is escaped as JSON allows. */
function signed(sql: string, holder: Holder): string {
  return `${sql} /* pgm holder ${JSON.stringify(holder).replaceAll('/', '\\u002f')} */`;
}

function holderOfQuery(query: string | null): Holder | null {
  const [, json] = /\/\* pgm holder (\{[^/]*\}) \*\//.exec(query ?? '') ?? [];
  return json === undefined ? null : parseHolder(json);
}

function holderOfName(applicationName: string): Holder | null {
  const [, id, pid, user, host, command] =
    /^pgm: lock ([0-9a-f]{12}) (\d+) ([^@]*)@?(\S*) ?(.*)$/.exec(applicationName) ?? [];
  if (id === undefined) return null;
  return {
    id,
    pid: Number(pid),
    user: user ?? '',
    host: host ?? '',
    command: command === undefined || command === '' ? 'pgm' : command,
    started_at: '',
    process: null,
  };
}
