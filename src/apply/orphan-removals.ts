import { orphanLanes, type OrphanLane } from '../plan/orphan-lanes.js';
import type { Spec } from '../spec/spec.js';
import { ownedBy } from '../state/lineage.js';
import { dropProgress } from '../state/progress.js';
import type { ExistingMigration } from './existing-migration.js';
import { endsOf, inDatabase, laneRemovals, type Removal } from './removals.js';

const publicationSql = `
select obj_description(oid, 'pg_publication') as comment
from pg_publication
where pubname = $1`;

const progressSql = "select to_regclass('pgm.stage') is not null as present";

/**
 * What pgm made for databases that no list of the source has any more: dropped, renamed or left out since. Found from
 * the catalogs of both servers, and from what the state knows was migrated.
 */
export async function orphanRemovals(spec: Spec, migration: ExistingMigration): Promise<readonly Removal[]> {
  const { facts, source, target, known } = migration;
  const orphans = orphanLanes(spec.name, facts, source, target);
  const removals: Removal[] = [];
  for (const orphan of orphans) removals.push(...(await orphanLaneRemovals(spec, migration, orphan)));
  const listed = new Set(facts.databases.filter(each => each.target !== null).map(({ name }) => name));
  const once = new Set([...orphans.map(({ database }) => database), ...Object.keys(known?.history?.databases ?? {})]);
  for (const database of [...once].filter(name => !listed.has(name)).sort()) {
    if (!target.databases.some(each => each.name === database && each.canConnect && each.allowsConnections)) continue;
    const { present } = await inDatabase(spec.target.connection, spec.name, database, session =>
      session.row<{ present: boolean }>(progressSql),
    );
    if (present)
      removals.push({
        line: `target/${database}: drop the record of the copy (schema pgm)`,
        run: () => inDatabase(spec.target.connection, spec.name, database, session => dropProgress(session, spec.name)),
      });
  }
  return removals;
}

async function orphanLaneRemovals(
  spec: Spec,
  { source, target }: ExistingMigration,
  { name, direction, fate, database, subscription, slot }: OrphanLane,
): Promise<readonly Removal[]> {
  const ends = endsOf(direction);
  const { publisher } = ends;
  const onPublisher = fate.kind === 'renamed' ? fate[publisher] : database;
  const isThere = { source, target }[publisher].databases.some(each => each.name === onPublisher && each.canConnect);
  const published =
    isThere && (fate.kind !== 'dropped' || publisher === 'target')
      ? await inDatabase(spec[publisher].connection, spec.name, onPublisher, session =>
          session.rows<{ comment: string | null }>(publicationSql, [name]),
        )
      : [];
  const publication = published.some(({ comment }) => ownedBy(comment, spec.name)) ? onPublisher : null;
  return laneRemovals(spec, ends, { name, subscription, way: 'plain', slot, publication });
}
