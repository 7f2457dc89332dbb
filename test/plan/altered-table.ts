import type { ColumnHistory } from '../../src/inspect/definitions/column-history.js';
import type { Definition, DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { DatabaseFacts, TableFacts } from '../../src/inspect/facts.js';
import { someContents, someDatabase } from '../checks/some-facts.js';
import { buildPart, buildProgress } from './build-facts.js';

/** A column of a table of schema `public`. */
export function columnOf(table: string, name: string, parts: Readonly<Record<string, unknown>> = {}): Definition {
  return {
    kind: 'column',
    identity: `public.${table}.${name}`,
    definition: JSON.stringify(parts),
    of: `table public.${table}`,
    parts: { table: `public.${table}`, name, key: ['public', table, name], type: 'integer', ...parts },
  };
}

export function differing(source: Definition | null, target: Definition | null): DefinitionDifference {
  const { kind, identity, of } = (source ?? target) as Definition;
  return { kind, identity, of, source, target };
}

/** As a rename of one column looks: its number stays. */
export const renamed = (oid: string, from = 'a', to = 'b'): ColumnHistory => ({
  oid,
  copied: { filenode: '1', columns: { 1: from } },
  now: { filenode: '1', columns: { 1: to } },
});

/** As a rewrite looks that leaves no value of the copy as it was. */
export const swapped = (oid: string): ColumnHistory => ({
  oid,
  copied: { filenode: '1', columns: { 1: 'a', 2: 'b' } },
  now: { filenode: '1', columns: { 1: 'b', 2: 'a' } },
});

export interface Altered {
  readonly tables: readonly TableFacts[];
  /** The target's; left out: those of the source, as they were copied. */
  readonly there?: readonly TableFacts[];
  readonly histories?: readonly ColumnHistory[];
  readonly differences?: readonly DefinitionDifference[];
}

/** A database whose tables were all copied, and altered since on the source. */
export function alteredDatabase({ tables, there = tables, histories = [], differences = [] }: Altered): DatabaseFacts {
  const parts = tables
    .filter(({ kind }) => kind === 'r')
    .map(({ name, oid }) => buildPart(name, 1, { sourceOid: oid }));
  return {
    ...someDatabase({ tables }, someContents({ tables: there, progress: buildProgress([], parts) })),
    definitions: { kind: 'compared', differences, histories },
  };
}
