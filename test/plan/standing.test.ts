import { describe, expect, it } from 'vitest';
import { planStanding } from '../../src/plan/standing.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { plan, step } from '../render/examples.js';

const steps = [step({ id: 'shop/schema', kind: 'schema' }), step({ id: 'shop/copy/1', kind: 'copy' })];
const spec = { path: 'pgm.yaml', sha256: 'a' };
const saved = plan({ steps, spec, goal: 'synced', reached: null });
const lockfile = (reached: Lockfile['reached'], ...done: string[]): Lockfile =>
  ({ reached, steps: Object.fromEntries(done.map(id => [id, { status: 'done' }])) }) as unknown as Lockfile;

describe('a saved plan', () => {
  it.each([
    ['waits', saved, 'a', null, { kind: 'waiting' }],
    ['waits beside a state with other steps', saved, 'a', lockfile(null, 'shop/slot'), { kind: 'waiting' }],
    ['is begun', saved, 'a', lockfile(null, 'shop/schema'), { kind: 'begun', done: 1 }],
    ['is applied', saved, 'a', lockfile('synced', 'shop/schema', 'shop/copy/1'), { kind: 'applied' }],
    [
      'is applied when a later one led further',
      saved,
      'b',
      lockfile('cutover', 'shop/schema', 'shop/copy/1'),
      { kind: 'applied' },
    ],
    [
      'is not applied before its goal',
      saved,
      'a',
      lockfile('prepared', 'shop/schema', 'shop/copy/1'),
      { kind: 'stale', why: 'the migration had reached nothing then, and prepared now' },
    ],
    ['is stale by its spec', saved, 'b', null, { kind: 'stale', why: 'pgm.yaml was changed since' }],
    ['is stale without its spec', saved, null, null, { kind: 'stale', why: 'its spec pgm.yaml is not there' }],
    [
      'is stale, not begun, with another spec',
      saved,
      'b',
      lockfile(null, 'shop/schema'),
      { kind: 'stale', why: 'pgm.yaml was changed since' },
    ],
    [
      'of the way back is applied when the source has the writes',
      plan({ steps, spec, goal: 'synced', reached: 'cutover' }),
      'a',
      lockfile('synced', 'shop/schema', 'shop/copy/1'),
      { kind: 'applied' },
    ],
    [
      'of the way back waits while the target has them',
      plan({ steps, spec, goal: 'synced', reached: 'cutover' }),
      'a',
      lockfile('cutover'),
      { kind: 'waiting' },
    ],
  ] as const)('%s', (_, given, sha256, state, standing) => {
    expect(planStanding(given, sha256, state)).toEqual(standing);
  });
});
