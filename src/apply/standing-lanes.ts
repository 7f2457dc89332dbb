import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../postgres/connect.js';
import { readLag, type LaneLag } from '../replication/lag.js';
import { describeFailure, findApplyFailure } from '../replication/apply-failure.js';
import type { Spec } from '../spec/spec.js';
import type { DatabaseStatus, LaneStatus } from './status.js';

/** For lanes that should be at work and that nobody reads: the transaction at which they stand. Writes nothing. */
export async function explainStandingLanes(
  spec: Spec,
  databases: readonly DatabaseStatus[],
  lags: ReadonlyMap<string, LaneLag>,
): Promise<readonly DatabaseStatus[]> {
  return Promise.all(
    databases.map(async database => ({
      ...database,
      lanes: await Promise.all(database.lanes.map(lane => explain(spec, database.name, lane, lags.get(lane.name)))),
    })),
  );
}

async function explain(spec: Spec, database: string, lane: LaneStatus, lag: LaneLag | undefined): Promise<LaneStatus> {
  if (lane.direction === 'reverse' || !lane.enabled || lag === undefined || lag.walStatus === 'lost') return lane;
  if (lag.active && (lane.error === null || !(await letsGo(spec, lane.name)))) return lane;
  const ends = {
    database,
    lane: lane.name,
    publisher: spec.source.connection,
    subscriber: spec.target.connection,
    purpose: 'status',
  };
  const failure = await findApplyFailure(ends, { tries: false }).catch(() => null);
  if (failure === null) return lane;
  return {
    ...lane,
    error: `${describeFailure(failure)}; \`pgm apply\` says which row is refused, and what can be done${lane.error === null ? '' : ` (${lane.error})`}`,
  };
}

/** Looks, and milliseconds between two. */
const looks = 10;
const every = 100;

/** A worker that fails again and again has its slot for moments only: one look alone may take it for a healthy one. */
async function letsGo(spec: Spec, lane: string): Promise<boolean> {
  return withConnection(spec.source.connection, { purpose: 'status' }, async session => {
    for (let look = 0; look < looks; look++) {
      const [lag] = await readLag(session, [lane]);
      if (lag?.active !== true) return true;
      await sleep(every);
    }
    return false;
  });
}
