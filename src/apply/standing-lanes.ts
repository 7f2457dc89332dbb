import type { LaneLag } from '../replication/lag.js';
import { describeFailure, findApplyFailure } from '../replication/apply-failure.js';
import type { Spec } from '../spec/spec.js';
import type { DatabaseStatus, LaneStatus } from './status.js';

/** For lanes that should be at work and that nobody reads: the transaction at which they stand. Writes nothing. */
export async function explainStandingLanes(spec: Spec, databases: readonly DatabaseStatus[], lags: ReadonlyMap<string, LaneLag>): Promise<readonly DatabaseStatus[]> {
  return Promise.all(databases.map(async database => ({ ...database, lanes: await Promise.all(database.lanes.map(lane => explain(spec, database.name, lane, lags.get(lane.name)))) })));
}

async function explain(spec: Spec, database: string, lane: LaneStatus, lag: LaneLag | undefined): Promise<LaneStatus> {
  if (lane.direction === 'reverse' || !lane.enabled || lag === undefined || lag.active || lag.walStatus === 'lost') return lane;
  const ends = { database, lane: lane.name, publisher: spec.source.connection, subscriber: spec.target.connection, purpose: 'status' };
  const failure = await findApplyFailure(ends, { tries: false }).catch(() => null);
  if (failure === null) return lane;
  return { ...lane, error: `${describeFailure(failure)}; \`pgm apply\` says which row is refused, and what can be done${lane.error === null ? '' : ` (${lane.error})`}` };
}
