import type { DatabaseFacts } from '../inspect/facts.js';
import { crossedNames } from '../plan/crossed-names.js';
import { unfinishedSwitch } from '../plan/half-switch.js';
import { mirrored } from '../plan/mirrored.js';
import { broughtBack } from '../plan/plan-back.js';
import { mixedCopies } from '../plan/table-identity.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { remakeOnSource } from './remake-on-source.js';
import { reverseLaneName } from '../replication/names.js';
import type { Crossing } from '../state/pairs.js';
import type { Check, CheckInput, Seen } from './check.js';

/** In both directions: replication goes by names, whichever side follows. */
export const namesCrossed: Check = {
  code: 'PGM618',
  slug: 'names-crossed',
  title: 'Swapped or reused names since the copy',
  scope: 'continuous',
  why:
    'Replication finds a table and a column by name. Where two swap their names on one side alone, or a column ' +
    'is dropped and made again, rows and values go on into the wrong one without an error.',
  decided:
    'The record on the target has which table, column and sequence of the target came from which of the ' +
    'source: oids and column numbers, which a rename keeps. The names on both sides have to meet in the same ' +
    'pairs. A table that was made again on the target under the name of a copied one is none of them.',
  remedy:
    'Before the cutover: pgm apply gives tables of the target their names back and copies them again. After ' +
    'it: drop the old tables on the source, make them again there and let reverse replication copy them, or stay on the target.',
  run: input => {
    const { lockfile } = input;
    if (lockfile?.reached !== 'synced' && lockfile?.reached !== 'cutover') return [];
    return input.facts.databases.flatMap(database => {
      const again = new Set(mendedTables(input, database).map(relationKey));
      return crossedNames(database).map(crossing =>
        seenOf(input, database, crossing, again.has(relationKey(crossing))),
      );
    });
  },
};

/** Under the names that they cross by: copied again by the next apply, on the side that follows. */
function mendedTables(
  { spec, lockfile, source, target }: CheckInput,
  database: DatabaseFacts,
): readonly { readonly schema: string; readonly name: string }[] {
  if (lockfile?.reached !== 'cutover') return mixedCopies(database);
  const turned = mirrored(spec, database, lockfile);
  if (turned === null || source === null || target === null) return [];
  return broughtBack({ spec, source, target, lockfile }, turned);
}

function seenOf(input: CheckInput, database: DatabaseFacts, crossing: Crossing, copiedAgain: boolean): Seen {
  const { spec, lockfile } = input;
  const isSwitched = lockfile?.reached === 'cutover';
  // A switch that is under way is finished or undone before anything is judged.
  const isWhole = unfinishedSwitch(lockfile) === null;
  const mends = copiedAgain && crossing.kind !== 'sequence';
  const switches = isSwitched ? spec.goal === 'synced' : (spec.goal === 'cutover' || spec.goal === 'ready') && !mends;
  const { kind, column, belongsTo } = crossing;
  const table = shownName(crossing);
  const object = column === null ? table : `${table}.${column}`;
  return {
    severity: switches && isWhole ? 'error' : 'warning',
    server: isSwitched ? 'target' : 'source',
    database: database.name,
    object,
    message: `${kind} ${object} is not the same ${kind} on both sides: what the target has under this name ${
      crossing.remade === true
        ? 'was made there, and has rows of its own'
        : belongsTo === null
          ? 'came from one that the source no longer has'
          : `came from what the source calls ${belongsTo} now`
    }. ${crossing.kind === 'sequence' ? 'Its value would be set on the wrong one' : 'Changes go into the wrong one'}`,
    current: 'names swapped, or made again',
    required: 'the one that was copied',
    remedy: mends
      ? isSwitched
        ? 'pgm apply --goal cutover'
        : 'pgm apply'
      : remedy(input, database, crossing, isSwitched),
  };
}

function remedy({ spec }: CheckInput, database: DatabaseFacts, crossing: Crossing, isSwitched: boolean): string {
  const name = qualifiedName(crossing);
  if (crossing.kind === 'sequence')
    return (
      `-- swap the names of ${name} and ${crossing.belongsTo ?? 'the other sequence'} on the other side too, ` +
      `or back on the side where they were swapped: alter sequence ${name} rename to …`
    );
  if (!isSwitched)
    return (
      `-- give ${name} its name back on the target, then copy it again: pgm ` +
      `apply --goal synced --resync ${shownName(crossing)}`
    );
  return remakeOnSource(crossing, reverseLaneName(spec.name, database.oid), crossing.remade !== true);
}
