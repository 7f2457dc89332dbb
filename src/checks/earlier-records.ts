import { isReplicated } from '../plan/database-lanes.js';
import { movedTables } from '../inspect/moved-tables.js';
import { plural } from '../quantities.js';
import type { Check, CheckInput, Seen } from './check.js';

/** A record is of what was seen at the copy: what an earlier version did not note, or a lost lockfile knew, is gone. */
export const earlierRecords: Check = {
  code: 'PGM652',
  slug: 'earlier-records',
  title: 'Records of roles and tables from the copy',
  scope: 'continuous',
  why:
    'Changes of roles and renamed tables are found by what pgm noted at the copy. Where an earlier ' +
    'version of pgm began the migration, or its lockfile was lost, pgm does not know that: a password that is changed ' +
    'would stay as it was on the target, and names that were swapped before are taken for the right ones.',
  decided:
    'The lockfile has no marks of roles and databases, though roles are not left out by the spec; the record on the ' +
    'target has no pairs of tables.',
  remedy:
    'pgm apply notes the tables as they are now, and pgm verify shows whether their rows are the same. Changes of ' +
    'roles since then: make them by hand, or start over with pgm destroy, then pgm apply.',
  run: input => [...rolesNotFollowed(input), ...tablesNotKnown(input)],
};

function rolesNotFollowed({ spec, lockfile, failback }: CheckInput): readonly Seen[] {
  if (lockfile === null || spec.roles === 'skip' || lockfile.followed !== undefined) return [];
  if (lockfile.reached !== 'synced' && (lockfile.reached !== 'cutover' || !failback)) return [];
  const [leads, follows] = lockfile.reached === 'synced' ? ['source', 'target'] : ['target', 'source'];
  return [
    {
      severity: 'warning',
      server: lockfile.reached === 'synced' ? 'source' : 'target',
      object: 'roles',
      message:
        `changes of roles and databases on the ${leads} are not followed: how pgm copied them is not known, since ` +
        'an earlier version of pgm began this migration or its lockfile was lost',
      current: 'not noted',
      required: 'noted at the copy',
      remedy:
        `-- what changes on the ${leads} of roles, their passwords, settings and memberships is to be done on the ` +
        `${follows} too, by hand; or start over: pgm destroy, then pgm apply`,
    },
  ];
}

function tablesNotKnown({ spec, facts, lockfile }: CheckInput): readonly Seen[] {
  if (lockfile?.reached !== 'synced' && lockfile?.reached !== 'cutover') return [];
  return facts.databases.flatMap((database): Seen[] => {
    const progress = database.target?.progress ?? null;
    if (progress === null || progress.parts.length === 0 || progress.pairs !== undefined) return [];
    const tables = movedTables(database).filter(table => isReplicated(table, spec.replicaIdentity.missing));
    if (tables.length === 0) return [];
    return [
      {
        severity: 'warning',
        server: 'target',
        database: database.name,
        object: 'pgm.stage',
        message:
          `which of ${plural(tables.length, 'table')} came from which is not known, since an earlier version of pgm ` +
          'copied them: names that were swapped since on one side alone cannot be seen',
        current: 'not noted',
        required: 'noted at the copy',
        remedy: 'pgm apply',
      },
    ];
  });
}
