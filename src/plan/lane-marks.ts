import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { laneOwner } from '../replication/names.js';
import type { LaneMark, Lockfile } from '../state/lockfile.js';

/** A lane of which one side is not what it was when it was in sync. */
export interface GoneBack {
  readonly lane: string;
  readonly direction: 'forward' | 'reverse';
  readonly database: string;
  readonly side: 'source' | 'target';
  /** Rows are missing; else nobody can know. */
  readonly isCertain: boolean;
  readonly why: string;
}

/** The least that an insert and its commit take in the WAL; records of an idle server are shorter [12 to 19]. */
const smallestChange = 96n;

/**
 * A publisher goes on where its slot was confirmed, whatever its subscriber says: one that was restored from an older
 * backup is sent nothing of what came between, and is in sync. What the state remembers of both sides shows it. Pure.
 */
export function lanesGoneBack(
  migration: string,
  lockfile: Pick<Lockfile, 'marks'>,
  databases: readonly DatabaseFacts[],
  source: ServerFacts,
  target: ServerFacts,
): readonly GoneBack[] {
  return Object.entries(lockfile.marks ?? {}).flatMap(([lane, mark]): GoneBack[] => {
    const owner = laneOwner(lane, migration);
    const database = databases.find(({ oid }) => oid === owner?.databaseOid)?.name;
    if (owner === null || database === undefined) return [];
    const direction = owner.lane === 0 ? 'reverse' : 'forward';
    const [publisher, subscriber] = direction === 'forward' ? [source, target] : [target, source];
    const [publishes, subscribes] =
      direction === 'forward' ? (['source', 'target'] as const) : (['target', 'source'] as const);
    const subscription = subscriber.subscriptions.find(({ name }) => name === lane);
    const slot = publisher.slots.find(({ name }) => name === lane);
    if (subscription === undefined || slot === undefined) return [];
    const seen = { lane, direction, database } as const;
    const there = subscriberGone(mark, subscriber, subscription.appliedLsn ?? null, slot.confirmedFlushLsn, subscribes);
    if (there !== null) return [{ ...seen, side: subscribes, ...there }];
    const here = publisherGone(mark, publisher, publishes);
    return here === null ? [] : [{ ...seen, side: publishes, ...here }];
  });
}

/**
 * Databases of which nobody can know whether a side that goes on with the lanes of this direction lacks rows: only a
 * compare can.
 */
export function doubtfulDatabases(
  direction: GoneBack['direction'],
  ...looked: Parameters<typeof lanesGoneBack>
): ReadonlySet<string> {
  return new Set(
    lanesGoneBack(...looked)
      .filter(gone => gone.direction === direction && !gone.isCertain)
      .map(({ database }) => database),
  );
}

type Gone = Pick<GoneBack, 'isCertain' | 'why'> | null;

function subscriberGone(
  mark: LaneMark,
  server: ServerFacts,
  applied: string | null,
  confirmed: string | null,
  side: string,
): Gone {
  const { position } = server;
  const then = mark.subscriber;
  if (position !== undefined && position.timeline === then.timeline && lsn(position.lsn) < lsn(then.lsn))
    return { isCertain: true, why: `its WAL ends at ${position.lsn}; it was at ${then.lsn} before` };
  const isPromoted = position !== undefined && position.timeline !== then.timeline;
  if (applied === null)
    return isPromoted
      ? {
          isCertain: false,
          why: `its timeline is ${position.timeline}, it was ${then.timeline}: it was restored, or a standby took over`,
        }
      : null;
  // What was confirmed is not sent again.
  if (confirmed === null || lsn(confirmed) - lsn(applied) <= smallestChange) return null;
  if (mark.applied !== null && lsn(applied) < lsn(mark.applied))
    return { isCertain: true, why: `it has applied up to ${applied}; that was ${mark.applied} before` };
  const between = `it has applied up to ${applied}, and the other side takes all up to ${confirmed} for applied`;
  if (isPromoted)
    return { isCertain: false, why: `its timeline was ${then.timeline} and is ${position.timeline}; ${between}` };
  return server.startedAt === then.started_at
    ? null
    : { isCertain: false, why: `the ${side} was started again at ${server.startedAt}; ${between}` };
}

function publisherGone(mark: LaneMark, { position }: ServerFacts, side: string): Gone {
  if (position === undefined) return null;
  const then = mark.publisher;
  if (position.timeline !== then.timeline)
    return {
      isCertain: false,
      why:
        `the timeline of the ${side} was ${then.timeline} and ` +
        `is ${position.timeline}: it was restored, or a standby took over`,
    };
  return lsn(position.lsn) < lsn(then.lsn)
    ? { isCertain: true, why: `its WAL ends at ${position.lsn}; it was at ${then.lsn} before` }
    : null;
}

/** `16/B374D848` as a number. */
function lsn(text: string): bigint {
  const [high = '0', low = '0'] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
