import { goalBefore } from '../spec/spec.js';
import { orphanLanes, type OrphanLane } from '../plan/orphan-lanes.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';

export const databasesGone: Check = {
  code: 'PGM616',
  slug: 'databases-gone',
  title: 'Lanes of databases that are no longer migrated',
  scope: 'continuous',
  why:
    'A database that was dropped on the source, or left out of the spec, is in no list ' +
    'any more; its subscription on the target tries again without end, its slot keeps WAL. ' +
    'One that was renamed is another name on each side.',
  decided:
    'Slots and subscriptions of this migration on both servers, by the oid of ' +
    "the source's database that is part of their names.",
  remedy:
    'pgm apply closes the lanes of a database that was dropped or is left out: with goal synced, ' +
    'before the cutover. Give a renamed one the same name on both servers.',
  run: input => {
    const { source, target, facts, spec } = input;
    if (source === null || target === null || input.lockfile === null) return [];
    const byDatabase = new Map<string, OrphanLane>();
    for (const lane of orphanLanes(spec.name, facts, source, target))
      if (!byDatabase.has(lane.database)) byDatabase.set(lane.database, lane);
    return [...byDatabase.values()].map(lane => seenOf(input, lane));
  },
};

function seenOf({ spec, lockfile }: CheckInput, lane: OrphanLane): Seen {
  const { database, fate, name } = lane;
  // Closing its lane is a step of its own: what is handed over was agreed on before.
  const reached = lockfile?.reached ?? null;
  const cutsOver = !goalBefore(spec.goal, 'cutover') && (reached === null || goalBefore(reached, 'cutover'));
  const seen = { server: 'source', database, object: database } as const;
  const close = cutsOver
    ? 'pgm apply --goal synced   # closes its lane on both servers; its rows ' +
      'stay on the target until you drop them\npgm cutover'
    : 'pgm apply   # closes its lane on both servers; its rows stay on the target until you drop them';
  switch (fate.kind) {
    case 'dropped':
      return {
        ...seen,
        severity: cutsOver ? 'error' : 'warning',
        message:
          `database ${database} was dropped on the source; the target still ` +
          `has it, as it was, and lane ${name} of it`,
        current: 'gone',
        required: 'on the source, or no lane of it',
        remedy: close,
      };
    case 'left-out':
      return {
        ...seen,
        severity: cutsOver ? 'error' : 'warning',
        message: `database ${database} is left out now, but lane ${name} of it is there`,
        current: 'a lane',
        required: 'no lane of it, or its name in the spec',
        remedy: close,
      };
    case 'renamed':
      return {
        ...seen,
        severity: 'error',
        message: `database ${fate.target} of the target is called ${fate.source} on the source`,
        current: fate.source,
        required: fate.target,
        remedy: [
          `alter database ${quoteIdentifier(fate.source)} rename ` +
            `to ${quoteIdentifier(fate.target)};   -- on the source`,
          '-- or keep the new name on both servers:',
          ...renameThere(lane, fate),
        ].join('\n'),
      };
  }
}

/** Nobody may be connected to a database that is renamed: its apply worker ends first. */
function renameThere(
  { direction, name }: OrphanLane,
  { source, target }: { readonly source: string; readonly target: string },
): readonly string[] {
  const rename =
    `alter database ${quoteIdentifier(target)} rename ` +
    `to ${quoteIdentifier(source)};   -- on the target, from another database`;
  return direction === 'reverse'
    ? [rename]
    : [
        `alter subscription ${quoteIdentifier(name)} disable;   -- on the target, in database ${target}`,
        rename,
        `-- then pgm apply`,
      ];
}
