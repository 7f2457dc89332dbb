import type { Check, Seen } from './check.js';

export const ownObjects: Check = {
  code: 'PGM317',
  slug: 'own-objects',
  title: 'Ownership of schema pgm',
  scope: 'any',
  why:
    'pgm keeps its record of the copy, and the function that keeps writers out, in schema pgm. ' +
    'Anyone who owns that schema or something in it, or hangs a rule or trigger on its tables, could ' +
    'make pgm read false records or run a function with the rights of pgm.',
  decided:
    'In each database of both servers: schema, tables and functions belong to the role that pgm connects as ' +
    'or to a superuser, nobody else may create or write there, the tables are ordinary ones with the columns ' +
    'of built-in types that pgm makes, without rules, triggers, policies, inheritance, further constraints ' +
    'or indexes. Nothing in it is read or written before that is known.',
  remedy: 'alter schema pgm rename to pgm_of_before; as its owner, after a look at who made it.',
  run: ({ facts, source, target }) => [
    ...seenIn('source', null, source?.ownProblems ?? []),
    ...seenIn('target', null, target?.ownProblems ?? []),
    ...facts.databases.flatMap(({ name, source: from, target: to }) => [
      ...seenIn('source', name, from.ownProblems),
      ...seenIn('target', name, to?.ownProblems ?? []),
    ]),
  ],
};

function seenIn(server: 'source' | 'target', database: string | null, problems: readonly string[]): readonly Seen[] {
  if (problems.length === 0) return [];
  return [
    {
      severity: 'error',
      server,
      ...(database === null ? {} : { database }),
      object: 'pgm',
      message: `schema pgm is not pgm's own: ${problems.join('; ')}`,
      current: "somebody else's",
      required: "pgm's own",
      remedy:
        `-- as its owner${database === null ? ', in the database that pgm connects to first' : ''}:\nalter ` +
        'schema pgm rename to pgm_of_before;',
    },
  ];
}
