import { dialBySubscription } from '../inspect/dial.js';
import { readWorkerFailures } from '../inspect/worker-log.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { StatementError, reportError } from '../postgres/errors.js';
import { sendPrivately, withConninfo } from '../postgres/private-statement.js';
import { countApplyErrors } from './apply-errors.js';
import { findApplyFailure, type LaneEnds } from './apply-failure.js';
import type { LaneSeen, LockWait, NoStart } from './standstill.js';

/** A subscription's owner may not see its oid before 14; its name has the database's oid in it. */
const subscriptionSql = `
select s.subenabled as enabled,
       exists (select from pg_stat_subscription w where w.subname = s.subname and w.relid is null
         and w.pid is not null) as running,
       r.rolname as owner,
       r.rolcanlogin as "mayLogIn",
       d.datname as database,
       d.datallowconn as "allowsConnections",
       (select w.pid from pg_stat_subscription w where w.subname = s.subname and w.relid is null
         and w.pid is not null limit 1) as pid
from pg_subscription s
join pg_roles r on r.oid = s.subowner
join pg_database d on d.oid = s.subdbid
where s.subname = $1 and d.datname = current_database()`;

interface SubscriptionRow {
  readonly enabled: boolean;
  readonly running: boolean;
  readonly owner: string;
  readonly mayLogIn: boolean;
  readonly database: string;
  readonly allowsConnections: boolean;
}

/**
 * Background workers are all that are none of the server's own processes. Without pg_monitor others' rows show no type;
 * then only the workers of logical replication are counted.
 */
const capacitySql = `
select current_setting('max_logical_replication_workers')::int as "laneLimit",
       (select count(*)::int from pg_stat_subscription where pid is not null) as lanes,
       current_setting('max_worker_processes')::int as "processLimit",
       (select count(*)::int
        from pg_stat_activity
        where backend_type like '%logical replication%'
          or backend_type not in ('client backend', 'autovacuum launcher', 'autovacuum worker', 'checkpointer',
            'background writer', 'walwriter', 'startup', 'walreceiver', 'walsender', 'archiver', 'logger',
            'slotsync worker', 'io worker', 'walsummarizer', 'standalone backend')) as processes,
       coalesce(current_setting('max_active_replication_origins', true),
         current_setting('max_replication_slots'))::int as "originLimit",
       case when current_setting('max_active_replication_origins', true) is null
         then 'max_replication_slots' else 'max_active_replication_origins' end as "originSetting"`;

/** Not for everyone to see before a superuser grants it. */
const originsSql = `
select count(*)::int as used,
       bool_or(o.external_id = 'pg_' || s.oid) as has
from pg_replication_origin_status o
left join pg_subscription s on s.subname = $1
  and s.subdbid = (select oid from pg_database where datname = current_database())`;

/** waitstart is new in 14: a lock that is waited for shorter than a second is everyday life. */
const lockSql = `
with worker as (
  select w.pid
  from pg_stat_subscription w
  where w.subname = $1 and w.pid is not null
), waiting as (
  select l.pid, l.relation
  from pg_locks l
  join worker using (pid)
  where not l.granted
    and coalesce((to_jsonb(l) ->> 'waitstart')::timestamptz < clock_timestamp() - interval '1 second', true)
)
select distinct w.relation::regclass::text as relation,
       blocker.pid,
       a.usename::text as "user",
       nullif(a.application_name, '') as application,
       a.state
from waiting w
cross join lateral unnest(pg_blocking_pids(w.pid)) as blocker (pid)
left join pg_stat_activity a on a.pid = blocker.pid
where blocker.pid not in (select pid from worker)`;

export interface LaneLook extends LaneEnds {
  /**
   * How the subscriber dials the publisher by the spec, with the password; not asked where the server shows its own.
   */
  readonly dialled: (subscriberVersion: number) => string;
  /** Apply errors counted at the first look. */
  readonly errorsBefore: number;
  /** false: the row that is refused is not looked for. */
  readonly tries: boolean;
}

/** Asks both servers what a lane stands at. Writes nothing: what is tried is rolled back. */
export async function observeLane(look: LaneLook, onTrouble: (error: unknown) => void): Promise<LaneSeen> {
  const { lane, database, subscriber, purpose } = look;
  return withConnection(subscriber, { database, purpose }, async target => {
    const [row] = await target.rows<SubscriptionRow>(subscriptionSql, [lane]);
    const nothing = { lane, newErrors: 0, said: null, lock: null, cannotStart: null, dial: null, pending: null };
    if (row === undefined) return { ...nothing, subscription: null };
    const subscription = { enabled: row.enabled, running: row.running, owner: row.owner };
    const said = row.running ? null : ((await target.transaction(() => readWorkerFailures(target))).get(lane) ?? null);
    if (!row.enabled) return { ...nothing, subscription, said };
    const counted = (await countApplyErrors(target, [lane]))[lane] ?? 0;
    const newErrors = Math.max(0, counted - look.errorsBefore);
    const cannotStart = row.running ? null : await whyNoStart(target, lane, row);
    const dial = row.running || cannotStart !== null ? null : await tryToDial(target, look);
    const lock = row.running ? await readLock(target, lane) : null;
    // A worker that is at it, or that cannot come at all, says nothing of the change.
    const asks = dial === null && cannotStart === null && lock === null && (!row.running || newErrors > 0);
    const pending = asks
      ? await findApplyFailure(look, { tries: look.tries }).catch((error: unknown) => {
          onTrouble(error);
          return null;
        })
      : null;
    return { lane, subscription, newErrors, said, lock, cannotStart, dial, pending };
  });
}

/** null also where the role may not see it. */
export async function readLock(target: Connection, lane: string): Promise<LockWait | null> {
  const rows = await target.rows<LockWait['holders'][number] & { readonly relation: string | null }>(lockSql, [lane]);
  const [first] = rows;
  return first === undefined ? null : { relation: first.relation, holders: rows };
}

async function whyNoStart(target: Connection, lane: string, row: SubscriptionRow): Promise<NoStart | null> {
  if (!row.mayLogIn) return { kind: 'login', owner: row.owner };
  if (!row.allowsConnections) return { kind: 'database', database: row.database };
  const room = await target.row<{
    laneLimit: number;
    lanes: number;
    processLimit: number;
    processes: number;
    originLimit: number;
    originSetting: string;
  }>(capacitySql);
  if (room.lanes >= room.laneLimit)
    return { kind: 'workers', setting: 'max_logical_replication_workers', limit: room.laneLimit, used: room.lanes };
  if (room.processes >= room.processLimit)
    return { kind: 'workers', setting: 'max_worker_processes', limit: room.processLimit, used: room.processes };
  const [origins] = await target
    .rows<{ used: number; has: boolean | null }>(originsSql, [lane])
    .catch((): { used: number; has: boolean | null }[] => []);
  if (origins !== undefined && origins.used >= room.originLimit && origins.has !== true)
    return { kind: 'origins', setting: room.originSetting, limit: room.originLimit };
  return null;
}

/** A superuser sees the connection string that the worker uses; everyone else tries what the spec says. */
const ownConninfoSql = `
select case when current_setting('is_superuser') = 'on'
  then current_setting('server_version_num')::int end as superuser,
       current_setting('server_version_num')::int as version`;

const conninfoSql = `
select subconninfo as conninfo
from pg_subscription
where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`;

/**
 * The subscriber dials as its worker does, by a subscription that is rolled back. @returns the words of a connection
 * that failed; null when it came about, or when the role may not try
 */
async function tryToDial(target: Connection, look: LaneLook): Promise<string | null> {
  const { superuser, version } = await target.row<{ superuser: number | null; version: number }>(ownConninfoSql);
  const [own] = superuser === null ? [] : await target.rows<{ conninfo: string }>(conninfoSql, [look.lane]);
  const conninfo = own?.conninfo ?? look.dialled(version);
  await target.execute("begin; set local statement_timeout to '15s'");
  try {
    await sendPrivately(
      target,
      withConninfo(conninfo, text => dialBySubscription(`${look.lane.slice(0, 50)}_dial`, look.lane, text)),
    );
    return null;
  } catch (error) {
    if (!(error instanceof StatementError) || target.isLost) throw error;
    const { message, detail, sqlstate } = reportError(error);
    const words = (detail === undefined ? message : `${message}: ${detail}`).replaceAll(/\s+/g, ' ');
    // Class 08 is the dialling's; 57014 is our own limit of 15 s. Anything else is about rights to make one.
    if (sqlstate === '57014') return 'no answer within 15 s';
    return sqlstate?.startsWith('08') === true || /could not connect|connection to server/.test(words) ? words : null;
  } finally {
    await target.execute('rollback').catch(() => undefined);
  }
}
