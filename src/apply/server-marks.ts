import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { nothingApplied, readOriginProgress } from '../inspect/origin-progress.js';
import { laneOwner } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import type { LaneMark, Lockfile } from '../state/lockfile.js';

interface ServerMark {
  readonly timeline: number | null;
  readonly lsn: string | null;
  readonly startedAt: string;
  readonly lanes: readonly { readonly name: string; readonly id: string | null }[];
  readonly applied: ReadonlyMap<string, string> | null;
}

/** What is flushed survives a crash; a standby has no position of its own. */
const markSql = `
select case when pg_is_in_recovery() then null
    else ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int end as timeline,
  case when pg_is_in_recovery() then null else pg_current_wal_flush_lsn()::text end as lsn,
  to_char(pg_postmaster_start_time() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "startedAt",
  (select coalesce(json_agg(json_build_object('name', n.name, 'id', n.id)), '[]') from (
    select slot_name::text as name, null::text as id from pg_replication_slots
    union all
    select subname::text, oid::text from pg_subscription) n) as lanes`;

/**
 * Where both servers are at the end of a run, by lane: a later one sees from it whether one of them went back in time.
 * @param suspects lanes of which it is not known: what was remembered of them stays
 */
export async function readMarks(
  spec: Spec,
  earlier: Lockfile['marks'],
  suspects: ReadonlySet<string>,
): Promise<Readonly<Record<string, LaneMark>>> {
  const [source, target] = await Promise.all([markOf(spec, 'source'), markOf(spec, 'target')]);
  const marks: Record<string, LaneMark> = {};
  const names = new Set([...source.lanes, ...target.lanes].map(({ name }) => name));
  for (const name of [...names].sort()) {
    const owner = laneOwner(name, spec.name);
    if (owner === null) continue;
    const known = earlier?.[name];
    if (known !== undefined && suspects.has(name)) {
      marks[name] = known;
      continue;
    }
    const [publisher, subscriber] = owner.lane === 0 ? [target, source] : [source, target];
    const subscription = subscriber.lanes.find(each => each.name === name && each.id !== null);
    if (subscription === undefined || publisher.timeline === null || subscriber.timeline === null) continue;
    if (publisher.lsn === null || subscriber.lsn === null) continue;
    marks[name] = {
      applied: subscriber.applied === null ? null : (subscriber.applied.get(subscription.id ?? '') ?? nothingApplied),
      publisher: { timeline: publisher.timeline, lsn: publisher.lsn },
      subscriber: { timeline: subscriber.timeline, lsn: subscriber.lsn, started_at: subscriber.startedAt },
    };
  }
  return marks;
}

function markOf(spec: Spec, side: 'source' | 'target'): Promise<ServerMark> {
  return withConnection(spec[side].connection, { purpose: 'marks' }, async (session: Connection) => {
    // Before the position: what is applied lies before it.
    const applied = await readOriginProgress(session);
    return { ...(await session.row<Omit<ServerMark, 'applied'>>(markSql)), applied };
  });
}
