import type { Major } from '../support/majors.js';

/** Who pgm is on a server. */
export type Standing =
  | 'superuser'
  /** No ownership of the tables, no superuser: publications and subscriptions through aiven_extras. */
  | 'aiven_extras'
  /** A member of the tables' owners; from 16 on also of pg_create_subscription. */
  | 'owner'
  /** CONNECT, USAGE and SELECT on the source; CREATEDB on the target. */
  | 'least';

export interface Kind {
  readonly name: string;
  readonly source: Standing;
  readonly target: Standing;
}

export const kinds: readonly Kind[] = [
  { name: 'superuser', source: 'superuser', target: 'superuser' },
  { name: 'aiven_extras on the source', source: 'aiven_extras', target: 'superuser' },
  { name: 'aiven_extras on the target', source: 'superuser', target: 'aiven_extras' },
  { name: 'aiven_extras on both', source: 'aiven_extras', target: 'aiven_extras' },
  { name: 'pg_create_subscription', source: 'owner', target: 'owner' },
  { name: 'SELECT only', source: 'least', target: 'least' },
];

export type Pair = readonly [from: Major, to: Major];

const majors: readonly Major[] = [12, 13, 14, 15, 16, 17, 18, 19];

/** Same to same, neighbours, and the extremes in both directions. */
export const pairs: readonly Pair[] = [
  ...majors.map((major): Pair => [major, major]),
  ...majors.slice(1).map((major, index): Pair => [majors[index] ?? major, major]),
  [12, 18],
  [12, 19],
  [14, 19],
  [18, 12],
];

export const parts = ['continuous', 'failback', 'dump'] as const;
export type Part = (typeof parts)[number];

/**
 * Findings that must stand in the way, all of them; empty: it must work. What is not expected here is a failure, also
 * when it is blocked.
 */
export function expectedBlock([from, to]: Pair, kind: Kind, part: Part): readonly string[] {
  if (part === 'dump') return [];
  if (kind.target === 'least') return ['PGM401', 'PGM402', 'PGM403', 'PGM411', 'PGM412', 'PGM416'];
  if (kind.target === 'owner' && to < 16) return from < 16 ? ['PGM403', 'PGM412'] : ['PGM403'];
  // The way back needs the same right on the source.
  if (part === 'failback' && kind.source === 'owner' && from < 16) return ['PGM412'];
  return [];
}

export const pairName = ([from, to]: Pair): string => `${from}-${to}`;

/** Those that a list such as `12-13,14-18` names; undefined: all. @throws Error for a name that is none */
export function choose<Item>(
  all: readonly Item[],
  nameOf: (item: Item) => string,
  wanted: string | undefined,
): readonly Item[] {
  if (wanted === undefined || wanted === '') return all;
  return wanted.split(',').map(name => {
    const item = all.find(each => nameOf(each) === name.trim());
    if (item === undefined) throw new Error(`"${name}" is none of: ${all.map(nameOf).join(', ')}`);
    return item;
  });
}
