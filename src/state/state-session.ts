import type { StateBackend } from './backend.js';
import type { Lockfile } from './lockfile.js';
import type { Purpose, RunLock } from './run-lock.js';
import type { Transition } from './transitions.js';

/** The one writer of a run: every change of the lockfile goes through it, one after another. */
export interface StateSession {
  /** What is stored; null: nothing yet. */
  readonly current: Lockfile | null;
  /**
   * Applies the transition to what is stored and stores the outcome with the next serial, after the lock was checked.
   * May be called from several branches at once: what comes while another is being stored is stored together, in one
   * write. Before the first write of all, `begin` must have been called.
   * @param purpose `act` (default) before something on the servers changes, `record` for what was done
   * @throws UserError when lock or state are lost, or the store cannot be written; nothing is stored then
   */
  update(transition: Transition, purpose?: Purpose): Promise<Lockfile>;
  /** The lockfile that updates start from when nothing is stored. Stores nothing by itself. */
  begin(first: Lockfile): void;
  /** Removes the stored lockfile. */
  remove(): Promise<void>;
}

interface Waiting {
  readonly transition: Transition;
  readonly purpose: Purpose | undefined;
  readonly resolve: (stored: Lockfile) => void;
  readonly reject: (reason: unknown) => void;
}

/** Reads the state and opens it for writing under the run's lock. @throws UserError when it cannot be read */
export async function openStateSession(backend: StateBackend, lock: RunLock): Promise<StateSession> {
  let current = await backend.read();
  let first: Lockfile | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  const waiting: Waiting[] = [];

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const expected = (): { serial: number | null; token: string } => ({
    serial: current?.serial ?? null,
    token: lock.token,
  });

  /** Applies what the lock allows, in order; what fails by itself is left out. */
  const apply = (
    base: Lockfile | null,
    batch: readonly Waiting[],
  ): { readonly changed: Lockfile | null; readonly applied: readonly Waiting[] } => {
    const applied: Waiting[] = [];
    let changed = base;
    for (const each of batch) {
      try {
        if (changed === null) throw new TypeError('no lockfile to change: begin() was not called');
        changed = each.transition(changed);
        applied.push(each);
      } catch (error) {
        each.reject(error);
      }
    }
    return { changed, applied };
  };

  /** An outcome is worth storing even when it cannot be known whether anything new may begin. */
  const allowed = async (batch: readonly Waiting[]): Promise<readonly Waiting[]> => {
    const records = batch.filter(({ purpose }) => purpose === 'record');
    if (records.length < batch.length) {
      try {
        await lock.check('act');
        return batch;
      } catch (error) {
        for (const { purpose, reject } of batch) if (purpose !== 'record') reject(error);
      }
    }
    if (records.length > 0) await lock.check('record');
    return records;
  };

  /** Stores all that waits; nothing when an earlier turn took it along. */
  const storeWaiting = async (): Promise<void> => {
    const batch = waiting.splice(0);
    try {
      const base = current ?? first;
      const { changed, applied } = apply(base, await allowed(batch));
      if (base === null || changed === null || applied.length === 0) return;
      const next = Object.freeze({ ...changed, serial: base.serial + 1, updated_at: new Date().toISOString() });
      await backend.write(next, expected());
      current = next;
      for (const { resolve } of applied) resolve(next);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  return {
    get current(): Lockfile | null {
      return current;
    },
    begin(lockfile) {
      first = lockfile;
    },
    update: (transition, purpose) =>
      new Promise((resolve, reject) => {
        waiting.push({ transition, purpose, resolve, reject });
        void inTurn(storeWaiting);
      }),
    remove: () =>
      inTurn(async () => {
        await lock.check();
        await backend.remove(expected());
        current = null;
      }),
  };
}
