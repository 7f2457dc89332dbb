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
import { mirrored, stoodOnTarget } from '../plan/mirrored.js';
import { reverseLaneName } from '../replication/names.js';
import { standingOnTarget } from '../plan/target-only.js';
import { sidesOf, type Direction } from '../steps/mirrored-context.js';
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
    'pgm plan shows the statements as steps, and pgm apply does them on the other side, where the finding says pgm ' +
    'apply. With schema_changes: block, and for what pgm does not follow, do there what was done on the side in use. ' +
    'A switch waits for it; owners, privileges, comments and event triggers only warn.',
  run: input =>
    comparedDatabases(input).flatMap(({ database, direction, wished }) => {
      if (database.definitions === null) return [];
      const side = { direction, ...sidesOf(direction) };
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
      if (wished.definitions?.kind !== 'compared') return [];
      const steps = new Map(
        followedDifferences(input.spec, wished).map(({ difference, statements }) => [difference, statements]),
      );
      const again = tablesCopiedAgain(wished);
      const keys = new Set<string>(again.map(({ table }) => relationKey(table)));
      return [
        ...again
          .filter(({ table: { partitionOf } }) => partitionOf === null || !keys.has(relationKey(partitionOf)))
          .map(({ table, why }) => copiedAgain(input, database, side, table, why)),
        ...wished.definitions.differences
          .filter(difference => !isToldElsewhere(difference, direction))
          .filter(difference => direction === 'back' || !stoodOnTarget(difference, standingOnTarget(database)))
          .map((difference): Seen => {
            const seen = seenOf(input, database, difference, side);
            if (!steps.has(difference)) return seen;
            return isDue(difference, wished) && again.length === 0
              ? { ...seen, severity: 'warning', remedy: 'pgm apply' }
              : { ...seen, remedy: firstOf(direction) };
          }),
      ];
    }),
};

interface Side extends ReturnType<typeof sidesOf> {
  readonly direction: Direction;
}

/** What brings tables before a switch. */
function firstOf(direction: Direction): string {
  return (
    `pgm apply --goal ${direction === 'there' ? 'synced' : 'cutover'}   # copies the tables that were made or altered ` +
    'meanwhile, first'
  );
}

/** With all that belongs to it, and that refers to it: the switch waits for the next apply. */
function copiedAgain(
  input: CheckInput,
  database: DatabaseFacts,
  { direction, leader, follower }: Side,
  table: TableFacts,
  why: string,
): Seen {
  const isFollowed = input.spec.schemaChanges !== 'block';
  const name = shownName(table);
  const isSwitch = switches(input, direction);
  return {
    severity: isSwitch ? 'error' : 'warning',
    server: follower,
    database: database.name,
    object: `table ${name}`,
    message:
      `${name} was altered on the ${leader} so that its rows on the ${follower} cannot be told from ` +
      `${direction === 'there' ? 'here' : 'there'}: ${why}; ${isFollowed ? `it is copied again (${formatBytes(table.dataBytes)})` : 'it has to be copied again'}`,
    current: 'as it was copied',
    required: 'copied again',
    remedy: isFollowed ? (isSwitch ? firstOf(direction) : 'pgm apply') : 'set schema_changes: ask, then pgm apply',
  };
}

interface Compared {
  readonly database: DatabaseFacts;
  readonly direction: Direction;
  /** The facts with the side in use as the source. */
  readonly wished: DatabaseFacts;
}

/** Those that a lane keeps in sync, one way or the other. */
function comparedDatabases(input: CheckInput): readonly Compared[] {
  const { facts, source, lockfile, failback, spec } = input;
  if (source !== null && lockfile?.reached === 'cutover' && failback)
    return facts.databases
      .filter(({ oid }) => source.subscriptions.some(({ name }) => name === reverseLaneName(spec.name, oid)))
      .flatMap((database): Compared[] => {
        const wished = mirrored(spec, database, lockfile);
        return wished === null ? [] : [{ database, direction: 'back', wished }];
      });
  return [...new Set(lanesAtWork(input).map(({ database }) => database))].map(database => ({
    database,
    direction: 'there',
    wished: database,
  }));
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

function isToldElsewhere({ kind, source, target }: DefinitionDifference, direction: Direction): boolean {
  // What the target dropped after the cutover: PGM614 tells what it made.
  if (direction === 'back' && source === null) return false;
  if (kind === 'table') return source === null || target === null;
  if (kind !== 'column') return false;
  return source === null || target === null || source.parts?.['type'] !== target.parts?.['type'];
}

function seenOf(
  input: CheckInput,
  database: DatabaseFacts,
  { kind, identity, source: wish, target: state }: DefinitionDifference,
  { direction, leader: used, follower: other }: Side,
): Seen {
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
