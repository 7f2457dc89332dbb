import { unfinishedSwitch } from '../plan/half-switch.js';
import { tablesCopiedAgain } from '../plan/column-fates.js';
import { formatBytes } from '../quantities.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import {
  onlyWarns,
  type Definition,
  type DefinitionDifference,
  type DefinitionKind,
} from '../inspect/definitions/definition.js';
import { followedDifferences, isDue, shownDefinition } from '../plan/plan-follow-definitions.js';
import type { Followed } from '../plan/follow-definitions.js';
import { reverseLaneName } from '../replication/names.js';
import { standingOnTarget } from '../plan/target-only.js';
import { goalBefore } from '../spec/spec.js';
import type { Check, CheckInput, Seen } from './check.js';
import { lanesAtWork } from './drift-lanes.js';

/**
 * The side in use is the wish, the other one is to be like it. Tables and their columns' types are told of by PGM605 to
 * PGM607 and PGM614.
 */
export const definitionsDiffer: Check = {
  code: 'PGM615',
  slug: 'definitions-differ',
  title: 'Definitions that differ between the servers',
  scope: 'continuous',
  why:
    'DDL is not replicated: an index, function, view, policy, trigger, grant or default that was made or ' +
    'changed on the side in use since the copy is missing on the other one, and so after the switch.',
  decided:
    'Definitions of both sides as the servers write them, object by object: schemas, extensions, types, ' +
    'sequences, functions, tables, columns, constraints, indexes, views, rules, triggers, policies, extended ' +
    'statistics, event triggers, comments, owners, privileges, default privileges; of operators, casts, ' +
    'collations, conversions, text search and foreign servers that they are there. Left out are members of ' +
    'extensions, versions of extensions, what belongs to tables that the spec leaves out, roles that only ' +
    'one side has, and what majors write differently.',
  remedy:
    'Do on the other side what was done on the side in use. A switch waits for it; ' +
    'owners, privileges, comments and event triggers only warn.',
  run: input =>
    comparedDatabases(input).flatMap(({ database, direction }) => {
      if (database.definitions === null) return [];
      const other = direction === 'there' ? 'target' : 'source';
      if (database.definitions.kind === 'failed')
        return [
          {
            severity: switches(input, direction) ? 'error' : 'warning',
            server: 'source',
            database: database.name,
            message: `definitions could not be compared: ${database.definitions.message}`,
            remedy: 'Run it again once that has ended.',
          },
        ];
      const steps =
        direction === 'there'
          ? new Map(
              followedDifferences(input.spec, database).map(({ difference, statements }) => [difference, statements]),
            )
          : new Map<DefinitionDifference, readonly Followed[]>();
      const again = direction === 'there' ? tablesCopiedAgain(database) : [];
      const keys = new Set<string>(again.map(({ table }) => relationKey(table)));
      return [
        ...again
          .filter(({ table: { partitionOf } }) => partitionOf === null || !keys.has(relationKey(partitionOf)))
          .map(({ table, why }) => copiedAgain(input, database, table, why)),
        ...database.definitions.differences
          .filter(difference => !isToldElsewhere(difference))
          .filter(difference => !stands(input, database, direction, difference))
          .map((difference): Seen => {
            const seen = seenOf(input, database, difference, other, direction);
            if (!steps.has(difference)) return seen;
            return isDue(difference, database) && again.length === 0
              ? { ...seen, severity: 'warning', remedy: 'pgm apply' }
              : {
                  ...seen,
                  remedy: 'pgm apply --goal synced   # brings the tables that were made or altered meanwhile, first',
                };
          }),
      ];
    }),
};

/** With all that belongs to it, and that refers to it: the switch waits for the next apply. */
function copiedAgain(input: CheckInput, database: DatabaseFacts, table: TableFacts, why: string): Seen {
  const isFollowed = input.spec.schemaChanges !== 'block';
  const name = shownName(table);
  return {
    severity: switches(input, 'there') ? 'error' : 'warning',
    server: 'target',
    database: database.name,
    object: `table ${name}`,
    message:
      `${name} was altered on the source so that its rows on the target cannot be told from ` +
      `here: ${why}; ${isFollowed ? `it is copied again (${formatBytes(table.dataBytes)})` : 'it has to be copied again'}`,
    current: 'as it was copied',
    required: 'copied again',
    remedy: isFollowed
      ? switches(input, 'there')
        ? 'pgm apply --goal synced   # copies it again, first'
        : 'pgm apply'
      : 'set schema_changes: ask, then pgm apply',
  };
}

type Direction = 'there' | 'back';

/** Those that a lane keeps in sync, one way or the other. */
function comparedDatabases(
  input: CheckInput,
): readonly { readonly database: DatabaseFacts; readonly direction: Direction }[] {
  const { facts, source, lockfile, failback, spec } = input;
  if (source !== null && lockfile?.reached === 'cutover' && failback)
    return facts.databases
      .filter(({ oid }) => source.subscriptions.some(({ name }) => name === reverseLaneName(spec.name, oid)))
      .map(database => ({ database, direction: 'back' as const }));
  return [...new Set(lanesAtWork(input).map(({ database }) => database))].map(database => ({
    database,
    direction: 'there' as const,
  }));
}

/** Of what stood on the target before the cutover and is none of the migration's, with all that belongs to it. */
function stands(
  { lockfile }: CheckInput,
  database: DatabaseFacts,
  direction: Direction,
  { identity, source }: DefinitionDifference,
): boolean {
  if (source !== null) return false;
  const keys = direction === 'there' ? standingOnTarget(database) : (lockfile?.cutover?.stood?.[database.name] ?? []);
  return keys
    .flatMap(key => /^(?:table \d+|sequence|materialized view|foreign table) (.*)$/su.exec(key)?.[1] ?? [])
    .some(name => ` ${identity} `.includes(` ${name} `) || identity.includes(`${name}.`));
}

/** The plan would hand the writes over. */
function switches({ spec, lockfile }: CheckInput, direction: Direction): boolean {
  return direction === 'there'
    ? !goalBefore(spec.goal, 'cutover')
    : spec.goal === 'synced' && unfinishedSwitch(lockfile) === null;
}

/** Made on the side that is not in use, and in nobody's way. */
const harmlessBeside: ReadonlySet<DefinitionKind> = new Set([
  'schema',
  'extension',
  'type',
  'sequence',
  'function',
  'view',
]);

function isToldElsewhere({ kind, source, target }: DefinitionDifference): boolean {
  if (kind === 'table') return source === null || target === null;
  if (kind !== 'column') return false;
  return source === null || target === null || source.parts?.['type'] !== target.parts?.['type'];
}

function seenOf(
  input: CheckInput,
  database: DatabaseFacts,
  { kind, identity, source, target }: DefinitionDifference,
  other: 'source' | 'target',
  direction: Direction,
): Seen {
  const [wish, state] = other === 'target' ? [source, target] : [target, source];
  const used = other === 'target' ? 'source' : 'target';
  const name = shownDefinition({ kind, identity });
  return {
    severity:
      switches(input, direction) && !onlyWarns.has(kind) && !(wish === null && harmlessBeside.has(kind))
        ? 'error'
        : 'warning',
    server: other,
    database: database.name,
    object: name,
    message:
      wish === null
        ? `${name} is on the ${other} only`
        : state === null
          ? `${name} is on the ${used} only`
          : `${name} is not the same on both sides: ${shown(wish)} on the ${used}, ${shown(state)} on the ${other}`,
    current: state === null ? null : shown(state),
    required: wish === null ? 'not there' : shown(wish),
    remedy:
      wish === null
        ? `drop ${name} on the ${other}, or make it on the ${used} too`
        : `make ${name} on the ${other} as it is on the ${used} (pg_dump --schema-only)`,
  };
}

function shown({ definition }: Definition): string {
  const line = definition.replaceAll(/\s+/g, ' ').trim();
  return line === '' ? 'there' : line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
