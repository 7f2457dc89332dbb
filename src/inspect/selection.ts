import type { DatabaseSelection } from '../spec/spec.js';
import type { DatabaseListing } from './facts.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import { providerDatabases } from './managed.js';

export interface SelectedDatabases {
  readonly names: readonly string[];
  /** Taken only when it holds something of the user's. */
  readonly onlyIfUsed: readonly string[];
  /** Names of the spec that no database bears, or that cannot be migrated. */
  readonly unmatched: readonly string[];
}

/** The source's databases that the spec asks for, in order of name. Templates and the provider's own never are. */
export function selectDatabases(selection: DatabaseSelection, listing: readonly DatabaseListing[]): SelectedDatabases {
  const candidates = listing
    .filter(mayMigrate)
    .map(({ name }) => name)
    .sort();
  const present = new Set(listing.map(({ name }) => name));
  const included =
    selection.include === null ? candidates : candidates.filter(name => selection.include?.includes(name));
  const names = included.filter(name => !selection.exclude.includes(name));
  return {
    names,
    onlyIfUsed: selection.include === null ? names.filter(name => name === 'postgres') : [],
    unmatched: [
      ...(selection.include ?? []).filter(name => !candidates.includes(name)),
      ...selection.exclude.filter(name => !present.has(name)),
    ],
  };
}

function mayMigrate(database: DatabaseListing): boolean {
  return (
    !database.isTemplate && database.allowsConnections && !isInvalid(database) && !providerDatabases.has(database.name)
  );
}

/**
 * What an interrupted DROP DATABASE leaves: nobody can connect to it, and it can only be dropped (11.21, 12.16 … on).
 */
export function isInvalid({ connectionLimit }: Pick<DatabaseListing, 'connectionLimit'>): boolean {
  return connectionLimit === -2;
}

export interface NamedTable {
  readonly schema: string;
  readonly name: string;
  readonly partitionOf: { readonly schema: string; readonly name: string } | null;
}

/** Decides for the tables of one database which of them the spec asks for. */
export interface TableFilter {
  readonly wants: (table: NamedTable) => boolean;
}

/**
 * The table filter of one database. Tables in the provider's own schemas are wanted only when the spec includes them by
 * name. A partition goes with its partitioned table: it is wanted when the pattern names
 * it or a table above it.
 * @param seen patterns that matched something are added to it
 * @param providerSchemas see inspect/managed.ts
 */
export function tableFilter(
  tables: DatabaseSelection['tables'],
  all: readonly NamedTable[],
  seen: Set<string>,
  providerSchemas: readonly string[] = [],
): TableFilter {
  const byName = new Map(all.map(table => [relationKey(table), table]));
  const include = tables.include?.map(compile) ?? null;
  const exclude = tables.exclude.map(compile);
  const matches = (patterns: readonly Pattern[], table: NamedTable): boolean => {
    let hit = false;
    for (const pattern of patterns) {
      for (const each of lineage(table, byName)) {
        if (!pattern.test(each)) continue;
        seen.add(pattern.text);
        hit = true;
      }
    }
    return hit;
  };
  return {
    wants: table => {
      const included = include === null ? !providerSchemas.includes(table.schema) : matches(include, table);
      const excluded = matches(exclude, table);
      return included && !excluded;
    },
  };
}

interface Pattern {
  readonly text: string;
  readonly test: (table: { schema: string; name: string }) => boolean;
}

/**
 * `schema.table`; without a dot the table of that name in any schema. What stands in double quotes is taken as it is,
 * as psql's patterns do: `"a.b".c` is another table than `a.b.c`, which is `b.c` in `a`.
 */
function compile(text: string): Pattern {
  const [, quoted, rest] = /^("(?:[^"]|"")+")\.(.*)$/su.exec(text) ?? [];
  const dot = text.indexOf('.');
  const whole = dot < 0 || /^"(?:[^"]|"")+"$/su.test(text);
  const [schema, name] =
    quoted !== undefined ? [quoted, rest ?? ''] : whole ? ['*', text] : [text.slice(0, dot), text.slice(dot + 1)];
  const tests = { schema: part(schema), name: part(name) };
  return { text, test: table => tests.schema.test(table.schema) && tests.name.test(table.name) };
}

function part(text: string): RegExp {
  if (!/^"(?:[^"]|"")+"$/su.test(text)) return wildcard(text);
  const plain = text.slice(1, -1).replaceAll('""', '"');
  return new RegExp(`^${plain.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, 'su');
}

function wildcard(text: string): RegExp {
  const source = text.replaceAll(/[\\^$.*+?()[\]{}|]/g, character =>
    character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
  );
  return new RegExp(`^${source}$`, 'su');
}

function* lineage(table: NamedTable, byName: ReadonlyMap<RelationKey, NamedTable>): Generator<NamedTable> {
  for (
    let at: NamedTable | undefined = table;
    at !== undefined;
    at = at.partitionOf === null ? undefined : byName.get(relationKey(at.partitionOf))
  )
    yield at;
}
