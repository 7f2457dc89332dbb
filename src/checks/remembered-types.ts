import type { DatabaseFacts } from '../inspect/facts.js';
import { plural } from '../quantities.js';
import type { Check, Seen } from './check.js';
import { handoverOf } from './handover.js';

/** Extensions whose types drivers look up once and remember by oid. */
const withTypes = new Set([
  'hstore',
  'citext',
  'vector',
  'postgis',
  'ltree',
  'cube',
  'isn',
  'seg',
  'age',
  'h3',
  'uint',
]);

export const rememberedTypes: Check = {
  code: 'PGM709',
  slug: 'remembered-types',
  title: 'Types that drivers remember by OID',
  scope: 'any',
  why:
    'Enums, domains and types of extensions have other OIDs on every server. psycopg, Npgsql, pgx, asyncpg and ' +
    'others look them up once for a process: one that only connects again reads and writes the wrong type, or ' +
    'fails with "cache lookup failed".',
  decided: `Enums, domains and ranges that users made, and extensions with types: ${[...withTypes].join(', ')}.`,
  remedy: "Restart the application's processes at the switch, in the hook; reconnecting is not enough.",
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    const found = input.facts.databases.flatMap(database => {
      const words = typesOf(database[handover.from]);
      return words.length === 0 ? [] : [{ name: database.name, words }];
    });
    const [first] = found;
    if (first === undefined) return [];
    const single = found.length === 1;
    return [
      {
        severity: 'info',
        server: handover.from,
        ...(single ? { database: first.name } : {}),
        message:
          `${first.words.join(', ')}${single ? '' : ` in ${first.name}, and such in ${found.length - 1} more`}: ` +
          'their OIDs differ after the switch, so restart processes that remember them, not only connections',
        remedy: rememberedTypes.remedy,
      } satisfies Seen,
    ];
  },
};

function typesOf(contents: DatabaseFacts['source'] | null): readonly string[] {
  if (contents === null) return [];
  const { enums, domains, ranges } = contents.namedTypes;
  const extensions = contents.extensions.map(({ name }) => name).filter(name => withTypes.has(name));
  return [
    ...(enums > 0 ? [plural(enums, 'enum')] : []),
    ...(domains > 0 ? [plural(domains, 'domain')] : []),
    ...(ranges > 0 ? [plural(ranges, 'range type')] : []),
    ...(extensions.length > 0 ? [`types of ${extensions.join(', ')}`] : []),
  ];
}
