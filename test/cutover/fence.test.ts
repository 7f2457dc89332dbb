import { describe, expect, it } from 'vitest';
import { raiseFence, raiseFenceAlone } from '../../src/cutover/fence.js';
import type { Connection } from '../../src/postgres/connection.js';

/** A database whose schema pgm has those problems, and what is sent to it. */
function databaseWith(problems: readonly string[]): { readonly session: Connection; readonly sent: string[] } {
  const sent: string[] = [];
  const session = {
    database: 'app',
    row: () => Promise.resolve({ present: true }),
    rows: (_: string, values: readonly unknown[]) =>
      Promise.resolve(values[0] === 'pgm' ? problems.map(problem => ({ problem })) : []),
    execute: (statement: string) => Promise.resolve(void sent.push(statement)),
  };
  return { session: session as unknown as Connection, sent };
}

describe.each([
  ['in one transaction', raiseFence],
  ['table by table', raiseFenceAlone],
])('the triggers that keep writers out, raised %s', (_, raise) => {
  it('call no function of somebody else’s', async () => {
    const { session, sent } = databaseWith(['function shut belongs to mallory']);
    await expect(raise(session, [{ schema: 'public', name: 't' }], 'no')).rejects.toMatchObject({ code: 'PGM317' });
    expect(sent).toEqual([]);
  });

  it('call pgm’s own', async () => {
    const { session, sent } = databaseWith([]);
    await raise(session, [{ schema: 'public', name: 't' }], 'no');
    expect(sent[0]).toMatch(/^create or replace function pgm\.shut/);
  });
});
