import { describe, expect, it } from 'vitest';
import type { ArchiveEntry } from '../../src/copy/archive-script.js';
import { standApart } from '../../src/copy/stretches.js';

const entry = (dumpId: number, type: string, ...dependencies: readonly number[]): ArchiveEntry => ({
  key: `0 ${dumpId} ${type} s n`, dumpId, classOid: '0', oid: String(dumpId), type, schema: 's', name: 'n', owner: '', dependencies, sql: 'select 1;\n',
}); // prettier-ignore

const shown = (entries: readonly ArchiveEntry[], least = 2): unknown =>
  standApart(entries, least).map(stretch =>
    stretch.kind === 'apart'
      ? stretch.groups.map(group => group.map(({ dumpId }) => dumpId))
      : stretch.entries.map(({ dumpId }) => dumpId),
  );

describe('what may be made beside each other', () => {
  it.each<[string, readonly ArchiveEntry[], unknown]>([
    ['nothing', [], []],
    ['tables', [entry(1, 'TABLE'), entry(2, 'TABLE'), entry(3, 'TABLE')], [[[1], [2], [3]]]],
    [
      'a table with its sequence and comment',
      [
        entry(1, 'TABLE'),
        entry(2, 'TABLE'),
        entry(3, 'SEQUENCE'),
        entry(4, 'SEQUENCE OWNED BY', 3, 1),
        entry(5, 'COMMENT', 1),
      ],
      [[[1, 3, 4, 5], [2]]],
    ],
    ['a child after its parent', [entry(1, 'TABLE'), entry(2, 'TABLE', 1), entry(3, 'TABLE')], [[[1, 2], [3]]]],
    [
      'dependencies over others',
      [entry(1, 'TABLE'), entry(2, 'TABLE'), entry(3, 'TABLE', 2), entry(4, 'TABLE', 3, 1)],
      [[[1, 2, 3, 4]]],
    ],
    [
      'what comes before is waited for, and what comes after waits',
      [entry(1, 'FUNCTION'), entry(2, 'TABLE', 1), entry(3, 'TABLE', 1), entry(4, 'VIEW', 3)],
      [[1], [[2], [3]], [4]],
    ],
    ['few tables stay in order', [entry(1, 'TABLE'), entry(2, 'VIEW'), entry(3, 'TABLE')], [[1], [2], [3]]],
  ])('%s', (_, entries, expected) => {
    expect(shown(entries)).toEqual(expected);
  });

  it('follows long chains', () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => entry(n + 1, 'TABLE', n));
    expect(standApart(chain, 2)).toMatchObject([{ kind: 'apart', groups: [{ length: chain.length }] }]);
  });
});
