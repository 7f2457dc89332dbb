import { expect, it } from 'vitest';
import { stillThere } from '../../src/apply/end-run-sessions.js';

const session = { pid: 41, role: 'app', database: 'shop', purpose: 'shop/copy to', state: 'active', seconds: 75.4 };

it('names each session with its server, pid, role, and what it was doing', () => {
  const error = stillThere('shop', [
    { side: 'target', session: { ...session, endable: true } },
    {
      side: 'source',
      session: {
        ...session,
        pid: 7,
        database: null,
        state: null,
        seconds: null,
        endable: false,
        purpose: 'shop/apply',
      },
    },
  ]);
  expect(error.kind).toBe('stopped');
  expect(error.code).toBe('PGM649');
  expect(error.message).toBe(
    '2 sessions of an earlier run have not ended, and could still commit what they were doing: ' +
      'the target: pid 41 of app in shop ("copy to", active for 75 s; pgm asked it to end); ' +
      'the source: pid 7 of app ("apply"; this role may not end it)',
  );
  expect(error.hint).toBe(
    'nothing was changed; wait until they have ended, or end them, then run it again\n' +
      'on the target: select pg_terminate_backend(41);\n' +
      'on the source: select pg_terminate_backend(7); (as app, or as a role with pg_signal_backend)',
  );
});
