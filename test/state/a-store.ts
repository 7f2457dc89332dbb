import type { StateBackend } from '../../src/state/backend.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import type { Purpose, RunLock } from '../../src/state/run-lock.js';
import { openStateSession, type StateSession } from '../../src/state/state-session.js';

/** The writer of a run without a file or server: a write takes a turn of the event loop, and may be refused. */
export async function writerOf(
  first: Lockfile,
  {
    refuse = () => false,
    check = () => Promise.resolve(),
  }: { readonly refuse?: (next: Lockfile) => boolean; readonly check?: (purpose?: Purpose) => Promise<void> },
): Promise<{ readonly state: StateSession; readonly writes: readonly Lockfile[] }> {
  const writes: Lockfile[] = [];
  const backend = {
    read: () => Promise.resolve(writes.at(-1) ?? first),
    write: async (next: Lockfile) => {
      await new Promise(resolve => setImmediate(resolve));
      if (refuse(next)) throw new Error('no room');
      writes.push(next);
    },
  };
  return {
    state: await openStateSession(backend as unknown as StateBackend, { token: 'x', check } as unknown as RunLock),
    writes,
  };
}
