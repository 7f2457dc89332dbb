import type { DatabaseFacts } from '../inspect/facts.js';
import type { PathlessFunction, UsersName } from '../inspect/needs/needs.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';
import { unqualifiedNames } from './unqualified-names.js';

export const emptySearchPath: Check = {
  code: 'PGM523',
  slug: 'empty-search-path',
  title: 'Functions that depend on search_path',
  scope: 'any',
  why:
    'Definitions and rows are loaded with an empty search_path, as pg_restore loads them, and workers of ' +
    'logical replication have one too; from 17 on so do REINDEX, ANALYZE and REFRESH of everybody. A function ' +
    'that names another one, a table or a type without its schema fails there, with the first row.',
  decided:
    'Functions that indexes, checks (of domains too), stored generated columns, partition keys, ' +
    'extended statistics and materialized views call, and what these call: in text form, without a ' +
    'search_path of their own, and with a name outside pg_catalog that their text uses without a ' +
    'schema. Of what they put together at run time (EXECUTE) only that they do is seen: a warning.',
  remedy: 'alter function F set search_path = SCHEMAS; on the source, or write the schema before each name.',
  run: ({ facts }) => facts.databases.flatMap(judge),
};

function judge({ name: database, foreseen }: DatabaseFacts): Seen[] {
  return (foreseen?.pathless ?? []).flatMap((each): Seen[] => {
    const names = unqualifiedNames(each.body, each.names);
    if (names.length === 0) return puttingTogether(each) ? [dynamic(each, database)] : [];
    return [
      {
        severity: each.must ? 'error' : 'warning',
        server: 'source',
        database,
        object: each.function,
        message:
          `function ${each.function} names ${listed(names)} without a schema, and ` +
          `runs with an empty search_path for ${usersOf(each)}`,
        current: 'no search_path of its own',
        required: `search_path = ${schemasOf(names)}`,
        remedy:
          `alter function ${each.function} set search_path = ${schemasOf(names)};   -- ` +
          `in database ${quoteIdentifier(database)} of the source`,
      },
    ];
  });
}

/** EXECUTE of PL/pgSQL: not that of a trigger or a grant, which its body cannot hold. */
function puttingTogether({ body }: PathlessFunction): boolean {
  return /(?:^|[;\s])(?:return\s+query\s+)?execute\s+(?!function\b|procedure\b|on\b)/i.test(body);
}

function dynamic(each: PathlessFunction, database: string): Seen {
  return {
    severity: 'warning',
    server: 'source',
    database,
    object: each.function,
    message:
      `function ${each.function} puts statements together when it runs, with an empty search_path for ` +
      `${usersOf(each)}: what they name without a schema is not found`,
    current: 'no search_path of its own',
    required: null,
    remedy:
      `select pg_get_functiondef(${quoteLiteral(each.function).trim()}::regprocedure);   -- in database ` +
      `${quoteIdentifier(database)} of the source: where it names something without a schema, alter function ` +
      `${each.function} set search_path`,
  };
}

function listed(names: readonly UsersName[]): string {
  return [...new Set(names.map(({ name }) => name))].join(', ');
}

function usersOf({ for: users, count }: PathlessFunction): string {
  return `${users.join(', ')}${count > users.length ? ` and ${count - users.length} more` : ''}`;
}

function schemasOf(names: readonly UsersName[]): string {
  return [...new Set(names.map(({ schema }) => schema))].map(quoteIdentifier).join(', ');
}
