import type { ColumnHistory, NumberedColumns } from '../inspect/definitions/column-history.js';
import type { Definition, DefinitionDifference } from '../inspect/definitions/definition.js';
import type { DatabaseFacts, TableFacts } from '../inspect/facts.js';
import { copiedAgainMark } from '../state/copied-parts.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';

/** What became of the columns of one table of the source since its rows were copied. */
export type ColumnFate =
  /** Nothing was written down at the copy: names are all that is known. */
  | { readonly kind: 'unknown' }
  /** What the rows on the target should have cannot be told: they come again. */
  | { readonly kind: 'again'; readonly why: string }
  | {
      readonly kind: 'known';
      readonly renamed: readonly RenamedColumn[];
      /** Numbers of the columns that were copied, by their names then. */
      readonly copied: ReadonlyMap<string, string>;
      /** Of columns that came: the value that rows have which were there; null: none. */
      readonly missing: ReadonlyMap<string, string | null>;
    };

export interface RenamedColumn {
  readonly number: string;
  readonly from: string;
  readonly to: string;
}

/** By table of the source; a partitioned table's is that of all its partitions. */
export type ColumnFates = ReadonlyMap<RelationKey, ColumnFate>;

const untouched: NumberedColumns = { filenode: '', columns: {} };

/**
 * A column is its number in the source's catalog: a new name keeps it, and a column that was dropped and made again has
 * another one. As long as the table has the file it was copied from, rows have what the catalog notes for a column that
 * came (`attmissingval`), and a new type has left them as they were; a rewritten table has values of its own. Pure.
 */
export function columnFates(database: DatabaseFacts): ColumnFates {
  const known = cache.get(database);
  if (known !== undefined) return known;
  const fates = judged(database);
  cache.set(database, fates);
  return fates;
}

/** Checks and planner ask for the same facts many times. */
const cache = new WeakMap<DatabaseFacts, ColumnFates>();

function judged(database: DatabaseFacts): ColumnFates {
  if (database.definitions?.kind !== 'compared') return new Map();
  const { differences, histories } = database.definitions;
  if (histories === null) return new Map();
  const byOid = new Map(histories.map(history => [history.oid, history]));
  const copied = new Set((database.target?.progress?.parts ?? []).map(({ sourceOid }) => sourceOid));
  const columns = groupBy(
    differences.filter(({ kind }) => kind === 'column'),
    tableOfColumn,
  );
  const otherKeys = new Set<RelationKey | null>(differences.filter(isOtherKey(differences)).map(tableOf));
  const own = new Map<RelationKey, ColumnFate>();
  for (const table of database.source.tables) {
    const key = relationKey(table);
    const history = byOid.get(table.oid);
    const differing = columns.get(key) ?? [];
    if (table.kind === 'p' || (history === undefined && differing.length === 0)) continue;
    own.set(key, copied.has(table.oid) ? fateOf(history ?? null, differing) : { kind: 'unknown' });
  }
  // Rows are looked for by their key: those that are under way by another one than those after them.
  for (const table of database.source.tables)
    if (otherKeys.has(relationKey(table)) && (table.kind === 'p' || copied.has(table.oid)))
      own.set(relationKey(table), { kind: 'again', why: 'its primary key is another one' });
  return withTrees(database.source.tables, own);
}

function groupBy<T, K>(all: readonly T[], keyOf: (each: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return groups;
}

/** A table's rows come again with those of all partitions of its tree. */
function withTrees(
  tables: readonly TableFacts[],
  own: ReadonlyMap<RelationKey, ColumnFate>,
): ReadonlyMap<RelationKey, ColumnFate> {
  if (own.size === 0) return own;
  const byKey = new Map(tables.map(table => [relationKey(table), table]));
  const rootOf = (table: TableFacts): RelationKey => {
    const above = table.partitionOf === null ? undefined : byKey.get(relationKey(table.partitionOf));
    return above === undefined ? relationKey(table) : rootOf(above);
  };
  const fates = new Map(own);
  const members = groupBy(
    tables.filter(table => table.kind === 'p' || table.partitionOf !== null),
    rootOf,
  );
  for (const tree of members.values()) {
    const leaves = tree.flatMap(table => {
      const fate = own.get(relationKey(table));
      return table.kind === 'r' || fate !== undefined ? [fate] : [];
    });
    if (leaves.every(fate => fate === undefined)) continue;
    const fate = ofAll(leaves);
    for (const table of tree) if (table.kind === 'p' || fate.kind === 'again') fates.set(relationKey(table), fate);
  }
  return fates;
}

/** Partitions without a fate are as they were copied. */
function ofAll(leaves: readonly (ColumnFate | undefined)[]): ColumnFate {
  const again = leaves.find(fate => fate?.kind === 'again');
  if (again !== undefined) return again;
  if (leaves.some(fate => fate?.kind === 'unknown')) return { kind: 'unknown' };
  const known = leaves.find(fate => fate?.kind === 'known');
  if (known === undefined) return { kind: 'unknown' };
  const isSame = (fate: ColumnFate | undefined): boolean => whatChanged(fate) === whatChanged(known);
  return leaves.every(isSame) ? known : { kind: 'again', why: 'its partitions were altered in different ways' };
}

/** One that was only truncated has another file, and its columns are those that were copied. */
function whatChanged(fate: ColumnFate | undefined): string {
  return fate?.kind === 'known' ? JSON.stringify([[...fate.missing].sort(), names(fate.renamed)]) : '[[],[]]';
}

function names(renamed: readonly RenamedColumn[]): readonly string[] {
  return renamed.map(({ from, to }) => JSON.stringify([from, to])).sort();
}

function fateOf(history: ColumnHistory | null, differing: readonly DefinitionDifference[]): ColumnFate {
  const { copied, now } = history ?? { copied: untouched, now: untouched };
  if (copied === null) return { kind: 'unknown' };
  const again = (why: string): ColumnFate => ({ kind: 'again', why });
  const rewritten = copied.filenode !== now.filenode;
  if (copied.columns[copiedAgainMark] !== undefined) return again('it was altered several times with rows in between');
  const numbers = new Map(Object.entries(now.columns));
  const then = new Map(Object.entries(copied.columns));
  const numberThen = byName(then);
  const numberNow = byName(numbers);
  const remade = [...numberThen].find(([name, number]) => (numberNow.get(name) ?? number) !== number);
  if (remade !== undefined) return again(`column ${remade[0]} is another one than that of this name which was copied`);
  if ([...numbers].some(([number, name]) => name === null && !then.has(number)))
    return again('a column was added and dropped again');
  const renamed = [...then].flatMap(([number, from]): RenamedColumn[] => {
    const to = numbers.get(number) ?? null;
    return from === null || to === null || from === to ? [] : [{ number, from, to }];
  });
  const missing = new Map<string, string | null>();
  for (const { source, target } of differing) {
    if (source === null) continue;
    const column = columnParts(source);
    const name = column.name;
    const isRenamed = renamed.some(({ to }) => to === name);
    if (target === null && !isRenamed) {
      if (column.identity !== null) return again(`column ${name} is an identity: its rows were numbered on the source`);
      if (column.generated !== null) continue;
      if (!column.hasMissing && rewritten)
        return again(`rows that were there when column ${name} was added have values of their own`);
      if (column.hasMissing && column.missing === null)
        return again(`rows that were there when column ${name} was added have a value that is not shown`);
      missing.set(name, column.missing);
    } else if (target !== null) {
      const state = columnParts(target);
      if ((column.generated ?? '') !== (state.generated ?? '') || column.expression !== state.expression)
        return again(`column ${name} is generated in another way`);
      if (rewritten && column.type !== state.type)
        return again(`column ${name} has another type: ${state.type} before, ${column.type} now`);
    }
  }
  return { kind: 'known', renamed, copied: numberThen, missing };
}

function byName(columns: ReadonlyMap<string, string | null>): ReadonlyMap<string, string> {
  return new Map([...columns].flatMap(([number, name]) => (name === null ? [] : [[name, number] as const])));
}

interface ColumnParts {
  readonly name: string;
  readonly type: string;
  readonly identity: string | null;
  readonly generated: string | null;
  readonly expression: string | null;
  readonly hasMissing: boolean;
  readonly missing: string | null;
}

function columnParts({ parts }: Definition): ColumnParts {
  const text = (part: string): string | null => {
    const found = parts?.[part];
    return typeof found === 'string' ? found : null;
  };
  const [, , name = ''] = (parts?.['key'] ?? []) as readonly string[];
  return {
    name,
    type: text('type') ?? '',
    identity: text('identity'),
    generated: text('generated'),
    expression: text('expression'),
    hasMissing: parts?.['hasMissing'] === true,
    missing: text('missing'),
  };
}

/** The table of a column; null for all else. */
export function tableOfColumn({ source, target }: Pick<DefinitionDifference, 'source' | 'target'>): RelationKey | null {
  const [schema, name] = ((source ?? target)?.parts?.['key'] ?? []) as readonly string[];
  return schema === undefined || name === undefined ? null : relationKey({ schema, name });
}

/** A primary key that is not only called otherwise. */
function isOtherKey(all: readonly DefinitionDifference[]): (difference: DefinitionDifference) => boolean {
  return difference => isPrimaryKey(difference) && renamedKey(difference, all) === null;
}

function isPrimaryKey({ kind, source, target }: DefinitionDifference): boolean {
  return kind === 'constraint' && (source ?? target)?.parts?.['type'] === 'p';
}

/** The same primary key under its name on the other side; null: there is none. */
export function renamedKey(
  difference: DefinitionDifference,
  all: readonly DefinitionDifference[],
): DefinitionDifference | null {
  if (!isPrimaryKey(difference) || (difference.source !== null && difference.target !== null)) return null;
  const definition = (difference.source ?? difference.target)?.definition;
  return (
    all.find(
      other =>
        isPrimaryKey(other) &&
        other.of === difference.of &&
        (difference.source === null ? other.target === null : other.source === null) &&
        (other.source ?? other.target)?.definition === definition,
    ) ?? null
  );
}

/** The table that the object is a part of; null: it is none's. */
export function tableOf(difference: DefinitionDifference): RelationKey | null {
  const { kind, identity, of } = difference;
  const column = tableOfColumn(difference);
  if (column !== null) return column;
  const text = kind === 'table' ? identity : (/^(?:table|column) (.*)$/su.exec(of ?? '')?.[1] ?? null);
  if (text === null) return null;
  const [schema, name] = namesOf(text);
  return schema === undefined || name === undefined ? null : relationKey({ schema, name });
}

/** `a."b.c"` as its parts. */
function namesOf(identity: string): readonly string[] {
  return [...identity.matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/** Tables that are copied again, with why. */
export function tablesCopiedAgain(
  database: DatabaseFacts,
): readonly { readonly table: TableFacts; readonly why: string }[] {
  const fates = columnFates(database);
  return database.source.tables.flatMap(table => {
    const fate = fates.get(relationKey(table));
    return fate?.kind === 'again' && table.inScope ? [{ table, why: fate.why }] : [];
  });
}
