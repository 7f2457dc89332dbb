import type { Connection } from '../postgres/connection.js';
import type { SlotFacts, SubscriptionFacts } from './facts.js';
import { nothingApplied, readOriginProgress } from './origin-progress.js';
import { readWorkerFailures } from './worker-log.js';
import { has } from '../postgres/since.js';

/** replay_lsn, where the rights are there to see it: a slot's own position follows it late (replication/lag.ts). */
const slotsSql = `
select s.slot_name as name,
  s.database,
  s.plugin,
  s.active,
  s.temporary,
  __WAL_STATUS__ as "walStatus",
  s.restart_lsn::text as "restartLsn",
  s.confirmed_flush_lsn::text as "confirmedFlushLsn",
  (case when pg_is_in_recovery() then null else pg_current_wal_lsn() - s.restart_lsn end)::float8 as "retainedWalBytes",
  (case when s.active and not pg_is_in_recovery() then greatest(0, pg_current_wal_insert_lsn() - coalesce(r.replay_lsn,
    s.confirmed_flush_lsn)) end)::float8 as "lagBytes"
from pg_replication_slots s
left join pg_stat_replication r on r.pid = s.active_pid
order by s.slot_name`;

export async function readSlots(connection: Connection, versionNum: number): Promise<SlotFacts[]> {
  return connection.rows<SlotFacts>(
    slotsSql.replace('__WAL_STATUS__', has(versionNum, 'walStatus') ? 's.wal_status' : 'null::text'),
  );
}

/**
 * pg_subscription is shared by all databases; its connection string is not for everyone, nor its oid before 14, the
 * other columns are. The view has a row for each, also without a worker.
 */
const subscriptionsSql = `
select s.subname as name,
  w.subid::text as id,
  d.datname as database,
  pg_get_userbyid(s.subowner) as owner,
  s.subenabled as enabled,
  s.subslotname as slot,
  s.subpublications as publications,
  w.pid as "workerPid",
  w.latest_end_lsn::text as "latestEndLsn",
  __APPLY_ERRORS__ as "applyErrors",
  null as failure,
  null as comment
from pg_subscription s
join pg_database d on d.oid = s.subdbid
left join pg_stat_subscription w on w.subname = s.subname and w.relid is null and __LEADER__
__STATS__
order by d.datname, s.subname`;

/**
 * Subscriptions of the whole cluster. Their comments are in their own databases and are filled in by the caller.
 * A subscription's name is unique in its database only, but a worker's row names its subscription's id as well.
 */
export async function readSubscriptions(connection: Connection, versionNum: number): Promise<SubscriptionFacts[]> {
  const counted = has(versionNum, 'applyErrors');
  const sql = subscriptionsSql
    .replace('w.subname = s.subname', has(versionNum, 'subscriptionOids') ? 'w.subid = s.oid' : 'w.subname = s.subname')
    .replace('__LEADER__', has(versionNum, 'parallelApply') ? 'w.leader_pid is null' : 'true')
    .replace('__APPLY_ERRORS__', counted ? 'e.apply_error_count::int' : 'null::int')
    .replace('__STATS__', counted ? 'left join pg_stat_subscription_stats e on e.subid = s.oid' : '');
  const rows = await connection.rows<SubscriptionFacts & { readonly id: string | null }>(sql);
  const applied = rows.length === 0 ? null : await readOriginProgress(connection);
  const subscriptions = rows.map(({ id, ...each }): SubscriptionFacts => ({
    ...each,
    appliedLsn: applied === null || id === null ? null : (applied.get(id) ?? nothingApplied),
  }));
  const inTrouble = (each: SubscriptionFacts): boolean =>
    (each.applyErrors ?? 0) > 0 || !each.enabled || each.workerPid === null;
  if (!subscriptions.some(inTrouble)) return subscriptions;
  const failures = await readWorkerFailures(connection);
  return subscriptions.map(each => (inTrouble(each) ? { ...each, failure: failures.get(each.name) ?? null } : each));
}
