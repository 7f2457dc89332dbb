import { describe, expect, it } from 'vitest';
import { unqualifiedNames } from '../../src/checks/unqualified-names.js';
import type { UsersName } from '../../src/inspect/needs/needs.js';

const names: readonly UsersName[] = [
  { kind: 'function', schema: 'app', name: 'twice' },
  { kind: 'function', schema: 'app', name: 'Twice' },
  { kind: 'relation', schema: 'app', name: 'rate' },
  { kind: 'type', schema: 'app', name: 'mood' },
  { kind: 'text-search', schema: 'public', name: 'unaccent' },
];

describe('names without a schema', () => {
  it.each<[string, string, readonly string[]]>([
    ['a call', 'select twice(x)', ['function twice']],
    ['a call in other letters, with space', 'return TWICE (x);', ['function twice']],
    ['a call by a quoted name', 'select "Twice"(x)', ['function Twice']],
    ['a qualified call', 'select app.twice(x), app . twice(y), "app"."twice"(z)', []],
    ['a longer name', 'select not_twice(x), twice_more(x), twice$(x)', []],
    ['a column of that name', 'select twice from app.t', []],
    ['a comment', '-- twice(x)\n/* twice(x)\n twice(y) */ select 1', []],
    ['a literal', `select 'twice(x)', 'it''s twice(x)'`, []],
    ['a table', 'select v from rate where k = $1', ['relation rate']],
    ['a table that is joined or written', 'insert into rate values (1); update "rate" set v = 1', ['relation rate']],
    ['a qualified table', 'select rate.v from app.rate join app.rate r on true', []],
    ['a with query of that name', 'with rate as (select 1 as v) select v from rate', []],
    ['a schema of that name', 'select * from rate.thing', []],
    ['a row type', 'declare r rate%rowtype; begin end', ['relation rate']],
    ['a type of a column', 'declare r rate.v%type; begin end', ['relation rate']],
    ['a cast', `select 'sad'::mood`, ['type mood']],
    ['a declaration', 'declare m mood; begin end', ['type mood']],
    ['a qualified cast', `select 'sad'::app.mood`, []],
    ['a dictionary', `select public.unaccent('unaccent', $1)`, ['text-search unaccent']],
    ['a body that sets search_path', 'begin set local search_path = app; return twice(x); end', []],
    [
      'a body that sets it by a function',
      `begin perform set_config('search_path', 'app', true); return twice(x); end`,
      [],
    ],
  ])('%s', (_, body, expected) => {
    expect(unqualifiedNames(body, names).map(({ kind, name }) => `${kind} ${name}`)).toEqual(expected);
  });
});
