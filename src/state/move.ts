import { UserError } from '../errors.js';
import type { StateBackend } from './backend.js';
import type { Lockfile } from './lockfile.js';
import { formatLockfile, parseLockfile } from './lockfile-text.js';
import type { RunLock } from './run-lock.js';

/** The stored lockfile as text, as `pgm state pull` prints it. @throws UserError when there is none */
export async function pullState(backend: StateBackend): Promise<string> {
  const lockfile = await backend.read();
  if (lockfile === null) throw new UserError(`There is no state in ${backend.describe()}.`, { code: 'state-missing' });
  return formatLockfile(lockfile);
}

export interface PushOptions {
  readonly name: string;
  /** Where the text is from, for messages. */
  readonly from: string;
  /** Also when what is stored is newer or of another lineage: it is replaced. */
  readonly force: boolean;
}

/**
 * Stores a lockfile given as text, as `pgm state push` does. Its serial becomes the next one of what it replaces.
 * @throws UserError when the text is damaged or of another migration, or what is stored is newer or of another lineage
 */
export async function pushState(
  backend: StateBackend,
  lock: RunLock,
  text: string,
  options: PushOptions,
): Promise<Lockfile> {
  const pushed = parseLockfile(text, {
    place: options.from,
    name: options.name,
    remedy: 'Give a complete one, as pgm state pull prints it.',
  });
  return await replace(backend, lock, pushed, options);
}

/**
 * Moves the state from one store to another, as `pgm state mv` does. The old one is removed only after the new one was
 * read back.
 * @throws UserError when there is nothing to move, or the new place holds another or a newer state
 */
export async function moveState(
  from: StateBackend,
  to: StateBackend,
  lock: RunLock,
  options: { readonly name: string; readonly force: boolean },
): Promise<Lockfile> {
  const lockfile = await from.read();
  const already = await to.read();
  if (lockfile === null) {
    const there =
      already === null
        ? {}
        : { hint: `It is in ${to.describe()} already, serial ${already.serial}: nothing is left to do.` };
    throw new UserError(`There is no state in ${from.describe()} to move.`, { code: 'state-missing', ...there });
  }
  // An earlier move was interrupted after it had stored the new one.
  const interrupted = already !== null && same(already, { ...lockfile, serial: lockfile.serial + 1 });
  const moved = interrupted ? already : await replace(to, lock, lockfile, { ...options, from: from.describe() });
  const stored = await to.read();
  if (stored === null || !same(stored, moved)) throw new Error(`${to.describe()} does not hold what was written`);
  await lock.check();
  await from.remove({ serial: lockfile.serial, token: await from.claim(lock.id) });
  return moved;
}

async function replace(
  backend: StateBackend,
  lock: RunLock,
  lockfile: Lockfile,
  options: PushOptions,
): Promise<Lockfile> {
  const stored = await backend.read();
  const obstacle = stored === null || options.force ? null : whyNot(stored, lockfile);
  if (obstacle !== null) {
    throw new UserError(`${backend.describe()} ${obstacle}; nothing was written.`, {
      code: 'state-newer',
      hint: `Keep it (pgm state pull), or replace it all the same with --force.`,
    });
  }
  await lock.check();
  // A claim for each store: the run's own token is for the spec's store only.
  const token = await backend.claim(lock.id);
  if (stored !== null && stored.lineage !== lockfile.lineage) {
    await backend.remove({ serial: stored.serial, token });
    return await write(backend, lockfile, null, await backend.claim(lock.id));
  }
  return await write(backend, lockfile, stored, token);
}

async function write(
  backend: StateBackend,
  lockfile: Lockfile,
  stored: Lockfile | null,
  token: string,
): Promise<Lockfile> {
  const next = Object.freeze({ ...lockfile, serial: Math.max(lockfile.serial, stored?.serial ?? 0) + 1 });
  await backend.write(next, { serial: stored?.serial ?? null, token });
  return next;
}

function same(a: Lockfile, b: Lockfile): boolean {
  return formatLockfile(a) === formatLockfile(b);
}

function whyNot(stored: Lockfile, pushed: Lockfile): string | null {
  if (stored.lineage !== pushed.lineage)
    return `holds the state of another lineage (${stored.lineage}) than ${pushed.lineage}`;
  if (stored.serial > pushed.serial)
    return `holds a newer state (serial ${stored.serial}) than the one to store (serial ${pushed.serial})`;
  return null;
}
