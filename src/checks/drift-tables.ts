import { relationKey, shownName, type RelationKey } from '../postgres/relation-key.js';
import { publishedTables } from '../inspect/moved-tables.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isOurs } from './check.js';
import { droppedTables, tableFates } from '../plan/table-identity.js';
import { tableOfColumn, tablesCopiedAgain } from '../plan/column-fates.js';
import { followedDifferences } from '../plan/plan-follow-definitions.js';
import { lanesAtWork } from './drift-lanes.js';
import { tablePairs } from './target-definitions.js';
import { endPrepared } from '../replication/end-prepared.js';

/** Databases with lanes at work, each once. */
function replicatedDatabases(input: CheckInput): readonly DatabaseFacts[] {
  return [...new Set(lanesAtWork(input).map(({ database }) => database))];
}

function publishedNames(input: CheckInput, database: DatabaseFacts): ReadonlySet<RelationKey> {
  return new Set(
    lanesAtWork(input)
      .filter(each => each.database === database)
      .flatMap(({ lane }) => (lane.tables ?? []).map(relationKey)),
  );
}

type Changed = Pick<TableFacts, 'definedAt'>;

/** When it happened, where a server knows; else since when. What was done by the copy itself is no change. */
function when(
  { lockfile }: CheckInput,
  database: DatabaseFacts,
  changed: { readonly source?: Changed; readonly target?: Changed } = {},
): string {
  const finished = (kind: string): string | null => lockfile?.steps[`${database.name}/${kind}`]?.finished_at ?? null;
  const copied = finished('schema');
  // Keys that are added late make columns NOT NULL on the target.
  const complete = finished('constraints') ?? copied;
  const later = (at: string | null | undefined, than: string | null): readonly string[] =>
    at === null || at === undefined || than === null || at <= than ? [] : [at];
  const last = [...later(changed.source?.definedAt, copied), ...later(changed.target?.definedAt, complete)]
    .sort()
    .at(-1);
  if (last !== undefined) return `at ${last}`;
  return copied === null ? 'since the copy' : `since the copy of ${copied.replace(/\.\d+Z$/, 'Z')}`;
}

export const tablesCreated: Check = {
  code: 'PGM605',
  slug: 'tables-created',
  title: 'New tables on the source',
  scope: 'continuous',
  why:
    'DDL is not replicated: a table that was made after the publication is ' +
    'not on the target, and neither are its rows.',
  decided:
    'Tables in scope that are in no publication of this migration and that the target does not have. The ' +
    'time is shown where the source tracks it (track_commit_timestamp); else since which copy.',
  remedy: 'pgm apply creates it on the target and copies its rows, on a lane of its own.',
  run: input =>
    replicatedDatabases(input).flatMap(database => {
      const published = publishedNames(input, database);
      const there = new Set(database.target?.tables.map(relationKey));
      return publishedTables(database)
        .filter(table => !published.has(relationKey(table)) && !there.has(relationKey(table)))
        .map((table): Seen => ({
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: shownName(table),
          message:
            `${shownName(table)} was made on the source ${when(input, database, { source: table })}: the ` +
            'target does not have it',
          current: 'not replicated',
          required: 'on both sides',
          remedy: 'pgm apply',
        }));
    }),
};

export const tablesAltered: Check = {
  code: 'PGM606',
  slug: 'tables-altered',
  title: 'Altered tables',
  scope: 'continuous',
  why:
    'DDL is not replicated: a new column on the source makes the subscription wait from the next change on; ' +
    'a column that is gone stays on the target with nothing in it.',
  decided:
    'Columns and types of each replicated table on both sides. The time is that of the last change of a ' +
    'column where a server tracks it (track_commit_timestamp); else since which copy.',
  remedy:
    'pgm plan shows the ALTER TABLE as a step, and pgm apply does it on the target; the subscription then goes on by ' +
    'itself. With schema_changes: block, and where the finding names statements, they are yours to run.',
  run: input =>
    replicatedDatabases(input).flatMap(database => {
      const isFollowed = followedTables(input, database);
      return tablePairs(database)
        .map(pair => ({ ...pair, difference: columnDifference(pair.source, pair.target) }))
        .filter(({ difference }) => difference !== '')
        .map(({ source, target, difference }): Seen => ({
          severity: 'warning',
          server: 'target',
          database: database.name,
          object: shownName(source),
          message:
            `${shownName(source)} was altered ${when(input, database, { source, target })} ` +
            `and is no longer the same on both sides: ${difference}`,
          current: 'different columns',
          required: 'the same columns',
          remedy: isFollowed(relationKey(source)) ? 'pgm apply' : sameColumns(source, target),
        }));
    }),
};

/** Whether `pgm apply` makes all columns of a table the same: those that it would leave are told with statements. */
function followedTables(input: CheckInput, database: DatabaseFacts): (table: RelationKey) => boolean {
  if (input.spec.schemaChanges === 'block' || database.definitions?.kind !== 'compared') return () => false;
  const followed = new Set(followedDifferences(input.spec, database).map(({ difference }) => difference));
  const again = new Set<RelationKey>(tablesCopiedAgain(database).map(({ table }) => relationKey(table)));
  const columns = database.definitions.differences.filter(({ kind }) => kind === 'column');
  return key => {
    const own = columns.filter(difference => tableOfColumn(difference) === key);
    return again.has(key) || (own.length > 0 && own.every(difference => followed.has(difference)));
  };
}

/** The statements that give the target's table the columns of the source's. */
function sameColumns(source: TableFacts, target: TableFacts): string {
  const relation = qualifiedName(source);
  const [here, there] = [
    new Map(source.columns.map(each => [each.name, each])),
    new Map(target.columns.map(each => [each.name, each])),
  ];
  const added = source.columns.filter(({ name }) => !there.has(name));
  const dropped = target.columns.filter(({ name }) => !here.has(name));
  const retyped = source.columns.filter(({ name, type }) => there.has(name) && there.get(name)?.type !== type);
  return [
    '-- on the target; or the other way round on the source:',
    ...added.map(({ name, type }) => `alter table ${relation} add column ${quoteIdentifier(name)} ${type};`),
    ...dropped.map(
      ({ name }) =>
        `alter table ${relation} drop column ${quoteIdentifier(name)};   -- its values are lost; one that was ` +
        'renamed is renamed instead',
    ),
    ...retyped.map(({ name, type }) => `alter table ${relation} alter column ${quoteIdentifier(name)} type ${type};`),
  ].join('\n');
}

function columnDifference(source: TableFacts, target: TableFacts): string {
  const shown = (table: TableFacts): Map<string, string> =>
    new Map(table.columns.map(({ name, type }) => [name, type]));
  const [here, there] = [shown(source), shown(target)];
  return [
    ...[...here].filter(([name]) => !there.has(name)).map(([name, type]) => `${name} ${type} only on the source`),
    ...[...there].filter(([name]) => !here.has(name)).map(([name, type]) => `${name} ${type} only on the target`),
    ...[...here]
      .filter(([name, type]) => there.has(name) && there.get(name) !== type)
      .map(([name, type]) => `${name} ${type} on the source, ${there.get(name) ?? ''} on the target`),
  ].join('; ');
}

export const tablesDropped: Check = {
  code: 'PGM607',
  slug: 'tables-dropped',
  title: 'Dropped tables',
  scope: 'continuous',
  why: 'A table that was dropped on the source left the publication by itself; on the target it is no longer updated.',
  decided: 'Tables that this migration copied and that the source, or the target, no longer has.',
  remedy: 'Drop the table on the other side too.',
  run: input =>
    replicatedDatabases(input).flatMap(database => {
      const here = new Set(database.source.tables.map(relationKey));
      const there = new Set(database.target?.tables.map(relationKey));
      const { renamed, stale } = tableFates(database);
      const dropped =
        input.spec.schemaChanges === 'block' || database.definitions?.kind !== 'compared'
          ? new Set<RelationKey>()
          : droppedTables(database);
      const toldOtherwise = new Set([...renamed.map(({ from }) => from), ...stale].map(relationKey));
      const copied = new Map(
        (database.target?.progress?.parts ?? [])
          .map(part => [relationKey(part), part] as const)
          .filter(([key]) => !toldOtherwise.has(key)),
      );
      return [...copied].flatMap(([key, part]): Seen[] => {
        const name = shownName(part);
        const seen = { severity: 'warning', database: database.name, object: name, required: 'on both sides' } as const;
        if (!here.has(key))
          return there.has(key)
            ? [
                {
                  ...seen,
                  server: 'source',
                  message:
                    `${name} was dropped or renamed on the ` +
                    `source ${when(input, database)}; the target still has it`,
                  current: 'gone',
                  remedy: dropped.has(key)
                    ? 'pgm apply   # drops it on the target too, with all its rows'
                    : `drop table ${qualifiedName(part)};   -- on the target, with all ` +
                      'its rows, when they are no longer needed',
                },
              ]
            : [];
        if (there.has(key)) return [];
        return [
          {
            ...seen,
            severity: 'error',
            server: 'target',
            message:
              `${name} was dropped or renamed on the ` +
              `target ${when(input, database)}: its changes cannot be applied`,
            current: 'gone',
            remedy: 'Put the table back under its name; without its rows, start over: pgm destroy, then pgm apply.',
          },
        ];
      });
    }),
};

export const targetWriters: Check = {
  code: 'PGM608',
  slug: 'target-writers',
  title: 'Other writers on the target',
  scope: 'continuous',
  why:
    'Rows that others write into tables that replication feeds collide with ' +
    'what comes from the source, or are overwritten by it.',
  decided:
    'Sessions on the target with a transaction that has written, in databases that ' +
    'are being fed; apply workers and pgm itself do not count.',
  remedy: 'Let applications write on the source until the cutover.',
  run: input => {
    const { target, spec } = input;
    if (target === null) return [];
    const fed = new Set(
      target.subscriptions.filter(({ name }) => isOurs(name, spec.name)).map(({ database }) => database),
    );
    if (lanesAtWork(input).length === 0) return [];
    return target.writers
      .filter(({ database }) => database !== null && fed.has(database))
      .map(({ pid, gid, user, database, query }): Seen => ({
        severity: 'warning',
        server: 'target',
        ...(database === null ? {} : { database }),
        object: pid === null ? (gid ?? '') : `pid ${pid}`,
        message:
          `${user ?? 'someone'} writes in database ${database ?? ''} on the ` +
          `target${query === null ? '' : `: ${query.replaceAll(/\s+/g, ' ').slice(0, 80)}`}`,
        current: 'writes',
        required: 'none before the cutover',
        remedy:
          pid === null
            ? endPrepared(gid ?? '')
            : `select pg_terminate_backend(${pid});   -- on the target; then point that application to the source`,
      }));
  },
};
