import { dropFence } from '../cutover/fence.js';
import type { ServerFacts } from '../inspect/facts.js';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { runPurpose } from '../postgres/run-sessions.js';
import type { Spec } from '../spec/spec.js';
import { ownedBy } from '../state/lineage.js';
import { dropProgress } from '../state/progress.js';
import { inDatabase, laneRemovals, type Removal, type Removals } from './removals.js';

const publicationsSql = `
select pubname::text as name, obj_description(oid, 'pg_publication') as comment
from pg_publication`;

const marksSql = `
select to_regclass('pgm.stage') is not null as progress,
  to_regproc('pgm.shut') is not null as fence`;

const progressSql = 'select exists (select from pgm.stage where migration = $1) as progress';

interface Found {
  readonly publications: readonly string[];
  readonly progress: boolean;
  readonly fence: boolean;
}

export interface SweepOptions {
  readonly side: 'source' | 'target';
  readonly server: ServerFacts;
  /** Databases that are seen to already. */
  readonly seen: ReadonlySet<string>;
  /** Also the triggers that refuse writes, whoever's they are. */
  readonly fences: boolean;
}

/**
 * What pgm made in the databases of one server: found there, since nobody may know any more what the migration was.
 * What cannot be looked at stays, and is said.
 */
export async function sweepDatabases(spec: Spec, { side, server, seen, fences }: SweepOptions): Promise<Removals> {
  const { connection } = spec[side];
  const removals: Removal[] = [];
  const stays: string[] = [];
  for (const { name: database, allowsConnections, canConnect } of server.databases) {
    if (!allowsConnections || seen.has(database)) continue;
    if (!canConnect) {
      stays.push(`${side}/${database}: not checked, since ${server.user.name} may not connect`);
      continue;
    }
    const { publications, progress, fence } = await withConnection(
      connection,
      { database, purpose: runPurpose(spec.name, 'removal') },
      session => lookFor(session, spec.name),
    );
    const at = `${side}/${database}`;
    const inIt = <T>(use: (session: Connection) => Promise<T>): Promise<T> =>
      inDatabase(connection, spec.name, database, use);
    for (const name of publications) {
      const parts = { name, subscription: null, way: 'plain', slot: false, publication: database } as const;
      removals.push(...laneRemovals(spec, { subscriber: side, publisher: side }, parts));
    }
    if (fence && fences)
      removals.push({
        line: `${at}: drop the triggers that refuse writes (function pgm.shut)`,
        run: () => inIt(dropFence),
      });
    if (progress)
      removals.push({
        line: `${at}: drop the record of the copy (schema pgm)`,
        run: () => inIt(session => dropProgress(session, spec.name)),
      });
  }
  return { removals, stays };
}

async function lookFor(session: Connection, migration: string): Promise<Found> {
  const publications = await session.rows<{ name: string; comment: string | null }>(publicationsSql);
  const marks = await session.row<{ progress: boolean; fence: boolean }>(marksSql);
  return {
    publications: publications.filter(({ comment }) => ownedBy(comment, migration)).map(({ name }) => name),
    fence: marks.fence,
    progress: marks.progress && (await session.row<{ progress: boolean }>(progressSql, [migration])).progress,
  };
}
