import { expect, it } from 'vitest';
import { isFollowing, wantsFollowing } from '../../src/apply/follow-unattended.js';
import type { Status } from '../../src/apply/status.js';
import type { Plan, Step } from '../../src/plan/plan.js';
import type { Spec } from '../../src/spec/spec.js';

const plan = (...steps: readonly Partial<Step>[]): Pick<Plan, 'steps'> => ({ steps: steps as readonly Step[] });

it.each<[string, Pick<Plan, 'steps'>, boolean]>([
  ['definitions', plan({ kind: 'definitions', action: 'update' }), true],
  ['a table that comes again', plan({ kind: 'tables', action: 'delete' }, { kind: 'copy', action: 'create' }), true],
  ['a column that goes', plan({ kind: 'definitions', action: 'delete' }), false],
  ['a copy that empties tables', plan({ kind: 'copy', action: 'delete' }), false],
  ['a lane that is closed', plan({ kind: 'drop-lane', action: 'delete' }), false],
  ['a restart', plan({ kind: 'definitions', action: 'update' }, { kind: 'restart', action: 'run' }), false],
  ['the switch', plan({ kind: 'cutover', action: 'run' }), false],
])('follows without asking: %s', (_, steps, expected) => {
  expect(isFollowing(steps)).toBe(expected);
});

const drift = [{ code: 'PGM615', severity: 'warning' }] as unknown as Status['drift'];

it.each<[string, Partial<Spec>, Partial<Status>, boolean]>([
  ['follow, and something changed', { schemaChanges: 'follow' }, {}, true],
  ['nothing changed', { schemaChanges: 'follow' }, { drift: [] }, false],
  ['it is asked for', { schemaChanges: 'ask' }, {}, false],
  ['it is blocked', { schemaChanges: 'block' }, {}, false],
  ['the spec wants the switch', { schemaChanges: 'follow', goal: 'cutover' }, {}, false],
  ['the target has the writes', { schemaChanges: 'follow' }, { state: 'cut-over' }, false],
])('is wanted only while in sync: %s', (_, spec, status, expected) => {
  expect(wantsFollowing({ goal: 'synced', ...spec } as Spec, { state: 'syncing', drift, ...status } as Status)).toBe(
    expected,
  );
});
