import { describe, expect, it } from 'vitest';
import { betweenMajors } from '../../src/inspect/definitions/between-majors.js';
import { definitionDifferences, type Definition } from '../../src/inspect/definitions/definition.js';

const of = (
  kind: Definition['kind'],
  identity: string,
  definition = '',
  more: Partial<Definition> = {},
): Definition => ({
  kind,
  identity,
  definition,
  of: null,
  parts: null,
  ...more,
});

const named = (source: readonly Definition[], target: readonly Definition[]): readonly string[] =>
  definitionDifferences(source, target).map(
    each => `${each.source === null ? '-' : each.target === null ? '+' : '~'} ${each.kind} ${each.identity}`,
  );

describe('definitionDifferences', () => {
  it('finds nothing where both sides define the same', () => {
    const both = [of('view', 'a.v', 'select 1'), of('schema', 'a')];
    expect(named(both, [...both].reverse())).toEqual([]);
  });

  it('tells what is missing, changed, and only there, in an order in which it can be made', () => {
    expect(
      named(
        [of('index', 'a.i', 'x'), of('schema', 'b'), of('view', 'a.v', 'select 1')],
        [of('view', 'a.v', 'select 2'), of('function', 'a.f()', 'f')],
      ),
    ).toEqual(['+ schema b', '- function a.f()', '+ index a.i', '~ view a.v']);
  });

  it('leaves out the parts of what a side lacks as a whole', () => {
    const part = { of: 'table a.t' };
    const made = [of('table', 'a.t', 'table'), of('column', 'a.t.x', 'int', part), of('index', 'a.i', 'x', part)];
    expect(named(made, [])).toEqual(['+ table a.t']);
    expect(named([], made)).toEqual(['- table a.t']);
  });

  it('tells a part of what both sides have', () => {
    const table = of('table', 'a.t', 'table');
    expect(named([table, of('comment', 'table a.t', 'x', { of: 'table a.t' })], [table])).toEqual([
      '+ comment table a.t',
    ]);
  });

  it('takes the same name for two things where their kinds differ', () => {
    expect(named([of('view', 'a.x', 'v')], [of('type', 'a.x', 'v')])).toEqual(['- type a.x', '+ view a.x']);
  });

  it('passes over owners that only one side has as roles', () => {
    expect(named([of('owner', 'table a.t', '')], [of('owner', 'table a.t', 'admin')])).toEqual([]);
    expect(named([of('owner', 'table a.t', 'app')], [of('owner', 'table a.t', 'admin')])).toEqual([
      '~ owner table a.t',
    ]);
  });
});

describe('betweenMajors', () => {
  it.each([
    [140000, 180000, { withoutQualifiers: true, withoutMaintain: true, withoutPublicsRights: true }],
    [150000, 160000, { withoutQualifiers: true, withoutMaintain: true, withoutPublicsRights: false }],
    [180000, 140000, { withoutQualifiers: true, withoutMaintain: true, withoutPublicsRights: true }],
    [160000, 180000, { withoutQualifiers: false, withoutMaintain: true, withoutPublicsRights: false }],
    [170000, 180000, { withoutQualifiers: false, withoutMaintain: false, withoutPublicsRights: false }],
  ])('%i and %i', (a, b, expected) => {
    expect(betweenMajors(a, b)).toMatchObject(expected);
  });
});
