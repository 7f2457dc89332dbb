import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.js';
import { ofCode, specFor } from './readiness.js';
import { someDatabase, someFacts } from './some-facts.js';

const spec = specFor({ source: 'postgres://a.example.com/postgres', target: 'postgres://b.example.com/postgres' });

function found(body: string): readonly string[] {
  const pathless = [{ function: 'app.f(text)', body, must: true, count: 1, for: ['index app.i'], names: [] }];
  const foreseen = { unmet: [], pathless, refusedValues: [], failure: null };
  return ofCode(runChecks(spec, someFacts({ databases: [{ ...someDatabase(), foreseen }] })), 'PGM523').map(
    ({ severity, message }) => `${severity}: ${message.split(', with')[0] ?? ''}`,
  );
}

const told = ['warning: function app.f(text) puts statements together when it runs'];

describe('a function of an index that puts statements together (PGM523)', () => {
  it.each([
    ['begin execute format($$select %I$$, x) into y; return y; end', told],
    ['begin\n  return query execute x; end', told],
    ['begin EXECUTE x; return 1; end', told],
    ['begin return lower(x); end', []],
    ["select has_function_privilege(x, 'execute')", []],
    ["select 'the execute on it'", []],
    ['select executed from pg_class', []],
  ])('%s', (body, expected) => {
    expect(found(body)).toEqual(expected);
  });
});
