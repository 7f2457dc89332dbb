import { describe, expect, it } from 'vitest';
import { definitionsDiffer } from '../../src/checks/drift-definitions.js';
import type { CheckInput } from '../../src/checks/check.js';
import type { DefinitionDifference } from '../../src/inspect/definitions/definition.js';
import type { DatabaseFacts } from '../../src/inspect/facts.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { buildPublication, buildSlot, buildSpec, buildSubscription, lane } from '../plan/build-facts.js';
import { someContents, someServer } from './some-facts.js';

const difference = (
  kind: DefinitionDifference['kind'],
  identity: string,
  [source, target]: readonly [string | null, string | null],
): DefinitionDifference => {
  const side = (definition: string | null): DefinitionDifference['source'] =>
    definition === null ? null : { kind, identity, definition, of: null, parts: { type: definition } };
  return { kind, identity, of: null, source: side(source), target: side(target) };
};

function inputOf(
  definitions: DatabaseFacts['definitions'],
  { goal = 'synced', changes = 'block', reached = 'synced' } = {},
): CheckInput {
  const back = reached === 'cutover';
  const number = back ? 'r' : 1;
  const [source, target] = [
    someServer({ slots: back ? [] : [buildSlot(1)], subscriptions: back ? [buildSubscription('r')] : [] }),
    someServer({ slots: back ? [buildSlot('r')] : [], subscriptions: back ? [] : [buildSubscription(number)] }),
  ];
  const publications = [buildPublication(number, ['t'])];
  const database: DatabaseFacts = {
    name: 'app',
    oid: '16384',
    source: someContents(back ? {} : { publications }),
    target: someContents(
      back ? { publications } : { subscribedTables: { [lane(1)]: [{ schema: 'public', name: 't' }] } },
    ),
    definitions,
    foreseen: null,
  };
  return {
    spec: buildSpec('method: continuous', `goal: ${goal}`, `schema_changes: ${changes}`),
    facts: {
      source,
      target,
      local: { pgDump: null } as never,
      databases: [database],
      dial: null,
      unmatched: { databases: [], tables: [] },
      unreadable: [],
    },
    source,
    target,
    continuous: true,
    failback: true,
    lockfile: {
      reached,
      stopped: false,
      steps: {},
      cutover: { state: 'finished', finished_at: 'then' },
    } as unknown as Lockfile,
  };
}

const compared = (...differences: readonly DefinitionDifference[]): DatabaseFacts['definitions'] => ({
  kind: 'compared',
  histories: [],
  differences,
});

const seen = (input: CheckInput): readonly string[] =>
  definitionsDiffer.run(input).map(({ severity, server, message }) => `${severity} ${server}: ${message}`);

const index = difference('index', 'a.i', ['create index', null]);

describe('PGM615', () => {
  it('says what is missing, what is not the same and what is only there', () => {
    expect(
      seen(
        inputOf(compared(index, difference('view', 'a.v', ['1', '2']), difference('function', 'a.f()', [null, 'f']))),
      ),
    ).toEqual([
      'warning target: index a.i is on the source only',
      'warning target: view a.v is not the same on both sides: 1 on the source, 2 on the target',
      'warning target: function a.f() is on the target only',
    ]);
  });

  it('leaves tables and columns to the checks that know them', () => {
    expect(
      seen(
        inputOf(
          compared(
            difference('table', 'a.t', ['table', null]),
            difference('column', 'a.t.x', ['int', null]),
            difference('column', 'a.t.y', ['int', 'text']),
          ),
        ),
      ),
    ).toEqual([]);
  });

  it('stands in the way of a cutover, but for what only warns', () => {
    const input = inputOf(compared(index, difference('comment', 'table a.t', ['x', null])), { goal: 'cutover' });
    expect(definitionsDiffer.run(input).map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });

  it('lets a cutover begin where the same plan follows it, unless tables come first', () => {
    const ask = { goal: 'cutover', changes: 'ask' };
    expect(seen(inputOf(compared(index), ask))).toEqual(['warning target: index a.i is on the source only']);
    const fresh = difference('table', 'a.fresh', ['table', null]);
    expect(seen(inputOf(compared(fresh, index), ask))).toEqual(['error target: index a.i is on the source only']);
  });

  it('takes the target for the wish after the cutover, and stands in the way of a rollback', () => {
    const after = { goal: 'cutover', reached: 'cutover' as const };
    const made = difference('index', 'a.i', [null, 'create index']);
    expect(seen(inputOf(compared(made), after))).toEqual(['warning source: index a.i is on the target only']);
    expect(seen(inputOf(compared(made), { ...after, goal: 'synced' }))).toEqual([
      'error source: index a.i is on the target only',
    ]);
  });

  it('says where nobody could compare', () => {
    expect(seen(inputOf({ kind: 'failed', message: 'locked' }))).toEqual([
      'warning source: definitions could not be compared: locked',
    ]);
    expect(seen(inputOf({ kind: 'failed', message: 'locked' }, { goal: 'cutover' }))).toEqual([
      'error source: definitions could not be compared: locked',
    ]);
  });

  it('is silent before the definitions are there', () => {
    expect(seen(inputOf(null))).toEqual([]);
  });
});
