import { movedTables } from '../inspect/moved-tables.js';
import { comparedWhole } from '../inspect/through-root.js';
import { availableParallelism } from 'node:os';
import { forwardLanes, isReplicated } from '../plan/database-lanes.js';
import type { TableFacts } from '../inspect/database-facts.js';
import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { withConnection } from '../postgres/connect.js';
import { inScope, tableKey } from '../plan/target-only.js';
import { relationKey } from '../postgres/relation-key.js';
import { reverseLaneName } from '../replication/names.js';
import type { Spec } from '../spec/spec.js';
import { compareDatabase, type TableToCompare } from '../verify/compare.js';
import type { FinishedTables } from '../verify/finished-tables.js';
import type { NotCompared, VerifiedDatabase } from '../verify/report.js';
import { swapSides } from '../verify/swap-sides.js';
import { waitForLanes } from '../verify/wait-for-target.js';
import type { Progress } from '../progress.js';
import { compareLargeObjects } from './compare-large-objects.js';

export interface CompareOptions {
  readonly depth: 'full' | 'sample' | 'counts';
  readonly values: boolean;
  readonly signal: AbortSignal;
  /** Left out: as fast as it goes. */
  readonly bytesPerSecond?: number;
  readonly finished?: FinishedTables;
  /** What stood on the target before the cutover and is its own, as the record of the cutover has it. */
  readonly stood?: readonly string[];
}

/**
 * With one pair of sessions the side that is done first waits for the other: on two cores a third of the time was idle
 * [measured].
 */
const fewestJobs = 2;

/**
 * Compares one database. While a lane streams, the side that follows is compared at a point that it has applied, so
 * that a busy table is not called different. After the cutover the target leads and the source follows.
 */
export async function compareOne(
  spec: Spec,
  database: DatabaseFacts,
  source: ServerFacts,
  target: ServerFacts,
  options: CompareOptions,
  progress: (progress: Progress) => void,
): Promise<VerifiedDatabase> {
  const back = reverseLaneName(spec.name, database.oid);
  const targetLeads =
    target.slots.some(slot => slot.name === back) &&
    source.subscriptions.some(each => each.name === back && each.enabled);
  const moved = targetLeads ? tablesOfBoth(database, options.stood ?? []) : movedTables(database);
  const lanes = targetLeads
    ? [back]
    : forwardLanes(spec.name, database, source, target)
        .filter(lane => lane.slot !== null && lane.subscription?.enabled === true)
        .map(lane => lane.name);
  const leader = targetLeads ? spec.target.connection : spec.source.connection;
  const follower = targetLeads ? spec.source.connection : spec.target.connection;
  const waitForTarget = waitForLanes(
    lanes,
    use => withConnection(leader, { database: database.name, purpose: 'verify', reads: true }, use),
    options.signal,
  );
  // Unlogged tables are copied once and not kept in sync: equal only where nobody wrote to them.
  const follows = (table: TableFacts): boolean =>
    lanes.length === 0 || isReplicated(table, spec.replicaIdentity.missing);
  const tables = moved.filter(follows);
  const verified = await compareDatabase(
    {
      source: leader,
      target: follower,
      database: database.name,
      tables: lanes.length === 0 ? comparedWhole(database, tables) : named(tables),
      sequences:
        lanes.length === 0
          ? database.source.sequences.filter(each => each.inScope).map(({ schema, name }) => ({ schema, name }))
          : [],
      depth: options.depth,
      jobs: spec.copy.jobs ?? Math.max(fewestJobs, Math.floor(availableParallelism() / 2)),
      values: options.values,
      ...(options.bytesPerSecond === undefined ? {} : { bytesPerSecond: options.bytesPerSecond }),
      ...(options.finished === undefined ? {} : { finished: options.finished }),
      ...(lanes.length === 0 ? {} : { waitForTarget }),
    },
    progress,
    options.signal,
  );
  const compared = targetLeads ? swapSides(verified) : verified;
  const objects =
    options.depth === 'full' && database.source.largeObjects + (database.target?.largeObjects ?? 0) > 0
      ? { large_objects: await compareLargeObjects(spec, database.name) }
      : {};
  const standing = [...moved.filter(table => !follows(table)).map(notCompared), ...(compared.not_compared ?? [])];
  return {
    ...compared,
    equal: compared.equal && (lanes.length > 0 || (objects.large_objects?.differing ?? 0) === 0),
    ...objects,
    ...(standing.length === 0 ? {} : { not_compared: standing }),
  };
}

function named(tables: readonly TableFacts[]): readonly TableToCompare[] {
  return tables.map(({ schema, name, dataBytes, rowEstimate }) => ({ schema, name, dataBytes, rowEstimate }));
}

/** After the cutover a deploy makes tables on the target: the source lacks them, and is not equal without them. */
function tablesOfBoth(database: DatabaseFacts, stood: readonly string[]): readonly TableFacts[] {
  const own = new Set(stood);
  const there = inScope(database.target ?? database.source).filter(
    table => table.kind === 'r' && table.persistence !== 't' && !own.has(tableKey(table)),
  );
  const names = new Set(there.map(relationKey));
  return [...there, ...movedTables(database).filter(table => !names.has(relationKey(table)))];
}

function notCompared({ schema, name, persistence }: TableFacts): NotCompared {
  return { schema, table: name, reason: persistence === 'u' ? 'unlogged' : 'no-identity' };
}
