import { quoteIdentifier, quoteInText } from './identifiers.js';

declare const brand: unique symbol;

/**
 * A relation of one database as a key of maps and sets. Made by {@link relationKey} alone: text that only looks like
 * one does not fit.
 */
export type RelationKey = string & { readonly [brand]: 'relation' };

interface Named {
  readonly schema: string;
  readonly name: string;
}

/** A JSON pair: `a."b.c"` and `"a.b".c` are two. */
export function relationKey(relation: Named): RelationKey {
  return JSON.stringify([relation.schema, relation.name]) as RelationKey;
}

/** The way back from {@link relationKey}. */
export function relationOf(key: RelationKey): Named {
  const [schema, name] = JSON.parse(key) as [string, string];
  return { schema, name };
}

/**
 * `schema.table`, as people write it; a name with a dot is quoted, so that two tables never look the same, and control
 * characters are shown. Never a key.
 */
export function shownName({ schema, name }: Named): string {
  return `${shownPart(schema)}.${shownPart(name)}`;
}

function shownPart(name: string): string {
  if (/[\u0001-\u001f\u007f]/.test(name)) return quoteIdentifier(name);
  return /[."]/.test(name) ? quoteInText(name) : name;
}
