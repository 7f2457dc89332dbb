import { shownName } from '../postgres/relation-key.js';
import { plural } from '../quantities.js';
import { shellWord } from '../shell-word.js';
import { knownDifferences } from '../state/differences.js';
import type { Check } from './check.js';

const named = 5;

/** What the state records of a comparison. */
export const foundDifferences: Check = {
  code: 'PGM638',
  slug: 'found-differences',
  title: 'Differences found by the last comparison',
  scope: 'any',
  why: 'Rows that differ stay so until somebody acts: replication applies what changes, never what it missed.',
  decided:
    'The state records what pgm verify found to differ, until a comparison as deep finds nothing, ' +
    'the tables are copied again, or the compare before a cutover found them equal.',
  remedy:
    'pgm verify --values shows what differs; pgm apply --resync SCHEMA.TABLE copies a table again. After a ' +
    'cutover the target is in use: fix the rows by hand, on the side that is wrong.',
  run: ({ lockfile }) => {
    const differences = knownDifferences(lockfile);
    if (differences === null) return [];
    const { tables, others, found_at, depth } = differences;
    const names = tables.slice(0, named).map(({ database, ...table }) => `${shownName(table)} in ${database}`);
    const more = tables.length - names.length + others;
    const what = [...names, ...(more > 0 ? [plural(more, 'further object')] : [])].join(', ');
    const inUse = lockfile?.reached === 'cutover' || lockfile?.reached === 'ready';
    const again = tables
      .slice(0, named)
      .map(({ database, schema, name }) => `--resync ${shellWord(`${database}:${shownName({ schema, name })}`)}`)
      .join(' ');
    return [
      {
        severity: 'warning',
        server: 'target',
        ...(tables[0] === undefined ? {} : { database: tables[0].database, object: shownName(tables[0]) }),
        message: `pgm verify found differences on ${found_at.slice(0, 16).replace('T', ' ')} UTC (${depth}): ${what}`,
        current: 'rows that differ',
        required: 'equal rows',
        remedy:
          inUse || again === '' || lockfile?.method === 'dump'
            ? 'pgm verify --values   # shows what differs, and clears what no longer does'
            : `pgm apply ${again}`,
      },
    ];
  },
};
