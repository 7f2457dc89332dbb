import { unfinishedSwitch } from '../plan/half-switch.js';
import type { DatabaseContents, DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { isReplicated } from '../plan/database-lanes.js';
import { columnKey, columnsOnlyThere, inScope, othersOnlyThere, tableKey } from '../plan/target-only.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { reverseLaneName } from '../replication/names.js';
import { comesBack, type ComesBack } from '../plan/plan-back.js';
import { remakeOnSource } from './remake-on-source.js';
import type { Check, CheckInput, Seen } from './check.js';

/**
 * After a cutover the target is the side in use, and the source follows it: what is made there has to come back too.
 * Tables, columns, sequences and materialized views stand in the way of a rollback, and of nothing else; one that was
 * interrupted is finished first.
 */
export const madeOnTarget: Check = {
  code: 'PGM614',
  slug: 'made-on-target',
  title: 'Objects that a rollback would leave behind',
  scope: 'continuous',
  why:
    'After the cutover a deploy makes tables, columns and sequences on the target alone. The lane back carries ' +
    'the tables of the cutover: a rollback would leave the others behind, with their rows.',
  decided:
    "Tables in scope on the target that are not in the reverse lane's publication by their oid, or not on the " +
    'source in its subscription; columns, sequences, materialized views, foreign tables, extensions and ' +
    'schemas that the source lacks. What stood on the target before the cutover is left out: its record ' +
    'has it. Views, functions and types are not checked.',
  remedy:
    'pgm apply --goal cutover makes it on the source and copies rows, unless schema_changes is block. By hand: make ' +
    'it on the source too, and add tables to the reverse lane: its subscription copies their rows. Or stay on the ' +
    'target: write `goal: cutover` in the spec.',
  run: input => {
    const { source, target, facts, lockfile, failback, spec } = input;
    if (source === null || target === null || lockfile?.reached !== 'cutover' || !failback) return [];
    return facts.databases.flatMap(database => {
      const back = reverseLaneName(spec.name, database.oid);
      if (database.target === null || !source.subscriptions.some(({ name }) => name === back)) return [];
      const stood = new Set(lockfile.cutover?.stood?.[database.name]);
      const comes = comesBack({ spec, source, target, lockfile }, database);
      return [
        ...tablesLeft(input, database, database.target, { back, stood, comes }),
        ...othersLeft(input, database, database.target, { stood, comes }),
      ];
    });
  },
};

function seenOf({ spec, lockfile }: CheckInput, database: DatabaseFacts, object: string): Omit<Seen, 'message'> {
  // A switch that is under way is finished or undone before anything is judged.
  const goesBack = spec.goal === 'synced' && unfinishedSwitch(lockfile) === null;
  return {
    severity: goesBack ? 'error' : 'warning',
    server: 'target',
    database: database.name,
    object,
    current: 'on the target only',
    required: 'on both sides',
  };
}

interface Left {
  readonly stood: ReadonlySet<string>;
  readonly comes: ComesBack;
}

/** What the next apply brings back; a rollback waits for tables. */
const brings = (comes: boolean): { readonly remedy?: string } =>
  comes ? { remedy: 'pgm apply --goal cutover   # makes it on the source first' } : {};

function tablesLeft(
  input: CheckInput,
  database: DatabaseFacts,
  target: DatabaseContents,
  { back, stood, comes }: Left & { readonly back: string },
): readonly Seen[] {
  const onSource = new Map(database.source.tables.map(table => [relationKey(table), table]));
  const published = new Set(target.publications.find(({ name }) => name === back)?.tables.map(({ oid }) => oid));
  const subscribed = new Set((database.source.subscribedTables[back] ?? []).map(relationKey));
  return inScope(target)
    .filter(table => !stood.has(tableKey(table)))
    .flatMap((table): Seen[] => {
      const key = relationKey(table);
      const seen = seenOf(input, database, shownName(table));
      const other = onSource.get(key);
      if (other === undefined)
        return [
          {
            ...seen,
            message:
              `${shownName(table)} was made on the target: it is not on the ` +
              'source, and a rollback would leave it behind',
            remedy: bringBack(table, back),
            ...brings(comes.table(table)),
          },
        ];
      if (table.kind === 'r' && isReplicated(table, input.spec.replicaIdentity.missing)) {
        if (!published.has(table.oid) || !subscribed.has(key))
          return [
            {
              ...seen,
              message:
                `the reverse lane does not carry ${shownName(table)}: it was made again on ` +
                'the target, or its rows are still being copied',
              current: 'not replicated to the source',
              required: 'in the publication and subscription of the reverse lane',
              remedy: remakeOnSource(table, back, published.has(table.oid)),
              ...brings(comes.table(table)),
            },
          ];
      }
      return [...columnsLeft(seen, table, other, { stood, comes })];
    });
}

/** What is typed on both sides; the subscription copies the rows that are there and follows from then on. */
function bringBack(table: TableFacts, back: string): string {
  return [
    `-- make ${shownName(table)} on the source as it is on the target (pg_dump --schema-only), then`,
    ...(table.kind === 'p'
      ? []
      : [
          `alter publication ${quoteIdentifier(back)} add table only ${qualifiedName(table)};   -- on the target`,
          `set default_transaction_read_only = off;   -- on the source, which the cutover has shut`,
          `alter subscription ${quoteIdentifier(back)} refresh publication;   -- on the source`,
        ]),
  ].join('\n');
}

function columnsLeft(
  seen: Omit<Seen, 'message'>,
  table: TableFacts,
  other: TableFacts,
  { stood, comes }: Left,
): readonly Seen[] {
  const there = new Set(other.columns.map(({ name }) => name));
  const added = columnsOnlyThere(table, other).filter(column => !stood.has(columnKey(table, column)));
  if (added.length === 0) return [];
  const changes = added.map(({ name, type }) =>
    there.has(name)
      ? `alter column ${quoteIdentifier(name)} type ${type}`
      : `add column ${quoteIdentifier(name)} ${type}`,
  );
  return [
    {
      ...seen,
      message:
        `${shownName(table)} was altered on the ` +
        `target: ${added.map(({ name, type }) => `${name} ${type}`).join(', ')} ${added.length === 1 ? 'is' : 'are'} ` +
        'not so on the source',
      current: 'different columns',
      required: 'the same columns',
      remedy: [
        'set default_transaction_read_only = off;   -- on the source, which the cutover has shut',
        ...changes.map(change => `alter table ${qualifiedName(table)} ${change};`),
      ].join('\n'),
      ...(comes.table(table)
        ? brings(true)
        : added.every(({ name }) => comes.column(table, name))
          ? { severity: 'warning' as const, remedy: 'pgm apply' }
          : {}),
    },
  ];
}

function othersLeft(
  input: CheckInput,
  database: DatabaseFacts,
  target: DatabaseContents,
  { stood, comes }: Left,
): readonly Seen[] {
  return othersOnlyThere(database.source, target)
    .filter(({ key }) => !stood.has(key))
    .map(({ kind, name }) => ({
      ...seenOf(input, database, name),
      // Servers come with some of their own: nobody's rows are lost without them.
      ...(holdRows.has(kind) ? {} : { severity: 'warning' as const }),
      message: `${kind} ${name} was made on the target: it is not on the source, and a rollback would leave it behind`,
      remedy: `make ${kind} ${name} on the source as it is on the target (pg_dump --schema-only)`,
      ...(comes.other(kind === 'materialized view' ? 'view' : kind, name)
        ? { severity: 'warning' as const, remedy: 'pgm apply' }
        : {}),
    }));
}

const holdRows: ReadonlySet<string> = new Set(['sequence', 'materialized view']);
