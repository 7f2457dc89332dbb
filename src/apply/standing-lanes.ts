import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../postgres/connect.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import { readLag, type LaneLag } from '../replication/lag.js';
import { observeLane, readLock } from '../replication/observe-lane.js';
import { describeStandstill, whyStanding } from '../replication/standstill.js';
import type { Spec } from '../spec/spec.js';
import type { DatabaseStatus, LaneStatus } from './status.js';

/**
 * For lanes that should be at work and are not: what was seen of them. Writes nothing.
 * @param applyErrors as counted when the servers were inspected, by lane
 */
export async function explainStandingLanes(
  spec: Spec,
  databases: readonly DatabaseStatus[],
  lags: ReadonlyMap<string, LaneLag>,
  applyErrors: ReadonlyMap<string, number>,
): Promise<readonly DatabaseStatus[]> {
  return Promise.all(
    databases.map(async database => ({
      ...database,
      lanes: await Promise.all(
        database.lanes.map(lane =>
          explain(spec, database.name, lane, lags.get(lane.name), applyErrors.get(lane.name) ?? 0),
        ),
      ),
    })),
  );
}

async function explain(
  spec: Spec,
  database: string,
  lane: LaneStatus,
  lag: LaneLag | undefined,
  errorsBefore: number,
): Promise<LaneStatus> {
  if (!lane.enabled || lag === undefined || lag.walStatus === 'lost') return lane;
  const forward = lane.direction === 'forward';
  const [publisher, subscriber] = forward
    ? [spec.source.connection, spec.target.connection]
    : [spec.target.connection, spec.source.connection];
  const steady = lag.active && (errorsBefore === 0 || !(await letsGo(publisher, lane.name)));
  if (steady) return (lag.lagBytes ?? 0) > 0 ? withLock(lane, database, subscriber) : lane;
  const seen = await observeLane(
    {
      database,
      lane: lane.name,
      publisher,
      subscriber,
      dialled: version =>
        forward ? dialConninfo(spec.source, database, version) : dialConninfo(spec.target, database, version),
      purpose: 'status',
      errorsBefore,
      tries: false,
    },
    () => undefined,
  ).catch(() => null);
  if (seen === null) return lane;
  const why = whyStanding(seen);
  if (why.kind === 'slow') return lane;
  const more = why.kind === 'no-worker' && why.pending !== null && forward ? moreByApply : '';
  const counted = errorsBefore === 0 ? '' : `; its worker ended with an error ${errorsBefore} times so far`;
  return { ...lane, error: `${describeStandstill(lane.name, why)}${counted}${more}` };
}

const moreByApply = '; `pgm apply` says which row is refused, if one is, and what can be done';

async function withLock(lane: LaneStatus, database: string, subscriber: Conninfo): Promise<LaneStatus> {
  const lock = await withConnection(subscriber, { database, purpose: 'status', reads: true }, session =>
    readLock(session, lane.name),
  ).catch(() => null);
  return lock === null ? lane : { ...lane, error: describeStandstill(lane.name, { kind: 'locked', lock }) };
}

/** Looks, and milliseconds between two. */
const looks = 10;
const every = 100;

/** A worker that fails again and again has its slot for moments only: one look alone may take it for a healthy one. */
async function letsGo(publisher: Conninfo, lane: string): Promise<boolean> {
  return withConnection(publisher, { purpose: 'status', reads: true }, async session => {
    for (let look = 0; look < looks; look++) {
      const [lag] = await readLag(session, [lane]);
      if (lag?.active !== true) return true;
      await sleep(every);
    }
    return false;
  });
}
