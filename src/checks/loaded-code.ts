import { movedTables } from '../inspect/moved-tables.js';
import type { ServerFacts, UsersCode } from '../inspect/facts.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { has } from '../postgres/since.js';
import type { Check, CheckInput, Seen } from './check.js';

export const loadedCode: Check = {
  code: 'PGM422',
  slug: 'loaded-code',
  title: 'Code of other roles that runs with the rights of a superuser',
  scope: 'any',
  why:
    'PostgreSQL runs checks, domains, generated columns, partition keys, casts of foreign keys, and triggers that are ' +
    'ENABLE ALWAYS or REPLICA with the rights of whoever loads the rows or adds the constraint. Where that is a ' +
    'superuser, whoever owns a function that is called there can become one on the target. Indexes, statistics and ' +
    'materialized views are made with the rights of their owner; defaults, rules and policies do not run. From 16 on ' +
    'what is replicated is applied with the rights of the owner of each table, before with those of pgm.',
  decided:
    'When the target role is a superuser: what pgm creates of these, and calls a function whose owner is no ' +
    'superuser on the source, or a built-in function that does something. Expressions of indexes where ' +
    'replication before 16 fills them. At most a thousand in each database.',
  remedy:
    'Connect to the target as a role that is no superuser (docs/security.md, "With the fewest rights"). Or read ' +
    'what the functions do: the statement shows them.',
  run: input => {
    const { facts, target } = input;
    if (target === null || !target.user.superuser) return [];
    return facts.databases.flatMap(database => {
      const moved = new Set(movedTables(database).map(relationKey));
      return found(
        database.name,
        database.source.usersCode.filter(
          each =>
            each.owner !== target.user.name &&
            (each.table === null || moved.has(relationKey(each.table))) &&
            (each.kind !== 'index' || (input.continuous && !has(target.versionNum, 'appliesAsOwner'))),
        ),
        input,
        target,
      );
    });
  },
};

/** Owners are named each; of what they own as many as can be read at a glance. */
const mostOwners = 10;
const mostUses = 5;

function found(database: string, code: readonly UsersCode[], { lockfile }: CheckInput, target: ServerFacts): Seen[] {
  const owners = [...new Set(code.map(({ owner }) => owner))];
  return owners.slice(0, mostOwners).map((owner, index): Seen => {
    const uses = code.filter(each => each.owner === owner);
    const shown = uses.slice(0, mostUses).map(use => `${nameOf(use)} (${use.function})`);
    const more = uses.length > mostUses ? ` and ${uses.length - mostUses} more` : '';
    const others =
      index === mostOwners - 1 && owners.length > mostOwners
        ? `; so does code of ${owners.length - mostOwners} more roles`
        : '';
    const functions = [...new Set(uses.map(use => use.function))].slice(0, mostUses);
    // Once the rows are there it is too late to look first; what is replicated still runs it.
    const inSync = lockfile !== null && lockfile.reached !== null && lockfile.reached !== 'prepared';
    return {
      severity: inSync ? 'info' : 'warning',
      server: 'target',
      database,
      object: owner,
      message:
        `code of ${owner} runs with the rights of superuser ${target.user.name} on the target: ` +
        `${shown.join(', ')}${more}${others}`,
      current: `${uses.length} ${uses.length === 1 ? 'use' : 'uses'}`,
      required: null,
      remedy:
        '-- connect to the target as a role that is no superuser, or look at what these do, on the source:\n' +
        `select pg_catalog.pg_get_functiondef(f::pg_catalog.regprocedure) from pg_catalog.unnest(array[` +
        `${functions.map(name => quoteLiteral(name).trim()).join(', ')}]) f;`,
    };
  });
}

function nameOf({ kind, name, table }: UsersCode): string {
  return table === null || kind === 'partition key'
    ? `${kind} of ${table === null ? name : shownName(table)}`
    : `${kind} ${name} of ${shownName(table)}`;
}
