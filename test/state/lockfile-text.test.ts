import { describe, expect, it } from 'vitest';
import { formatLockfile, parseLockfile } from '../../src/state/lockfile-text.js';
import { finishStep, newLockfile, startStep, withFields } from '../../src/state/transitions.js';
import { aLockfile, at } from './a-lockfile.js';
import { aSpec } from './a-spec.js';

/** The form, as JSON.stringify would write it of an object whose keys are sorted. */
function plainly(value: unknown): string {
  return `${JSON.stringify(value, (_, part: unknown) => (typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part), 2)}\n`;
}

const copyOf = (database: string) => ({ kind: 'copy', database }) as const;
const left = {
  rows: 1,
  tables: 2,
  bytes: 3,
  whole: { tables: 2, rows: 1, bytes: 3 },
  text: 'two\nlines',
  none: undefined,
};

describe('a lockfile’s text', () => {
  it.each([
    ['without a step', newLockfile(aSpec({ path: '/spec/pgm.yaml', targetPort: 1 }), { pgmVersion: '0.1.0', at })],
    ['with a step and a setting', aLockfile()],
    ['with what a step keeps', finishStep(startStep(aLockfile(), 'a/copy/1', copyOf('a'), at), 'a/copy/1', at, left)],
    ['with an optional field that is left out', { ...aLockfile(), rehearsal: undefined } as never],
  ])('%s is JSON with sorted keys, and says the same', (_, lockfile) => {
    const text = formatLockfile(lockfile);
    expect(text).toBe(plainly(lockfile));
    expect(parseLockfile(text, { place: 'x', name: 'shop', remedy: '' })).toEqual(JSON.parse(plainly(lockfile)));
  });

  it('changes with a step, and only there', () => {
    const before = startStep(startStep(aLockfile(), 'a/copy/1', copyOf('a'), at), 'b/copy/1', copyOf('b'), at);
    formatLockfile(before);
    const after = withFields(finishStep(before, 'a/copy/1', at, left), { stopped: true });
    expect(formatLockfile(after)).toBe(plainly(after));
    expect(formatLockfile(before)).toBe(plainly(before));
  });
});
