import { shownName } from '../postgres/relation-key.js';
import type { Check, Seen } from './check.js';

export const providersOwn: Check = {
  code: 'PGM519',
  slug: 'providers-own',
  title: 'Schemas and extensions of the provider',
  scope: 'any',
  why:
    "A managed service puts schemas and extensions of its own into users' databases and manages them there. " +
    'Elsewhere they cannot be made or mean nothing; on another server of the same service they are there ' +
    "already. Rows that your users left in them (accounts in Supabase's auth) stay behind with them.",
  decided:
    'Where the source is recognised as a managed service: its known schemas, unless databases.tables.include ' +
    'names a table in them, and its known extensions. A warning where a table in them holds rows.',
  remedy:
    'databases: {tables: {include: ["*.*"]}} in the spec migrates the tables that it ' +
    'names, wherever they are, and the schemas around them.',
  run: ({ source, facts }) => {
    if (source?.provider === null || source?.provider === undefined) return [];
    return facts.databases.flatMap(({ name, source: { providersOwn: own, tables } }): Seen[] => {
      if (own.schemas.length === 0 && own.extensions.length === 0) return [];
      const filled = tables
        .filter(table => own.schemas.includes(table.schema) && table.kind === 'r' && table.heapBytes > 0)
        .map(shownName);
      const what = [
        ...own.schemas.map(schema => `schema ${schema}`),
        ...own.extensions.map(extension => `extension ${extension}`),
      ].join(', ');
      const rows =
        filled.length === 0
          ? ''
          : '; rows ' +
            `in ${filled.slice(0, 5).join(', ')}${filled.length > 5 ? ` and ${filled.length - 5} more tables` : ''} ` +
            'stay behind too';
      return [
        {
          severity: filled.length === 0 ? 'info' : 'warning',
          server: 'source',
          database: name,
          object: [...own.schemas, ...own.extensions].join(', '),
          message: `${what}: ${source.provider ?? ''}'s own, left out${rows}`,
          remedy: own.schemas.length === 0 ? null : 'databases: {tables: {include: ["*.*"]}}',
        },
      ];
    });
  },
};
