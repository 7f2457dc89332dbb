import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { readClients } from '../inspect/clients.js';
import type { Facts } from '../inspect/facts.js';
import { withConnection } from '../postgres/connect.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { openBackend } from '../state/open-backend.js';
import { withRunLock } from '../state/run-lock.js';
import { recordClients, saysMore, type ClientSample } from '../state/seen-clients.js';
import { openStateSession, type StateSession } from '../state/state-session.js';

/** Milliseconds between two looks at who is at work while a run goes on. */
const every = 30_000;

/** The side whose clients count; null: it is changing at this moment. */
function sideInUse(lockfile: Lockfile | null): 'source' | 'target' | null {
  if (lockfile?.reached === 'cutover' || lockfile?.reached === 'ready') return 'target';
  return lockfile?.cutover === null || lockfile?.cutover?.state === 'finished' || lockfile === null ? 'source' : null;
}

/** Who was at work when the servers were looked at; null: not known. */
export function clientsSeen(facts: Facts, lockfile: Lockfile | null, at: string): ClientSample | null {
  const side = sideInUse(lockfile);
  if (side === null || facts[side].kind !== 'server') return null;
  return { side, at, clients: facts[side].clients };
}

/** One more sample for the lockfile of a run; nothing is written where it says nothing new. */
export async function keepClients(state: StateSession, sample: ClientSample | null): Promise<void> {
  if (sample === null || state.current === null || !saysMore(state.current.clients, sample)) return;
  await state.update(lockfile => recordClients(lockfile, sample), 'record');
}

/**
 * Looks again and again who is at work while `use` runs: a nightly job is to be known before the cutover. What cannot
 * be read or written disturbs nobody.
 */
export async function samplingClients<T>(spec: Spec, state: StateSession, use: () => Promise<T>): Promise<T> {
  const over = new AbortController();
  const sampling = sampleUntil(spec, state, over.signal);
  try {
    return await use();
  } finally {
    over.abort();
    await sampling;
  }
}

async function sampleUntil(spec: Spec, state: StateSession, signal: AbortSignal): Promise<void> {
  for (;;) {
    await pause(every, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const side = sideInUse(state.current);
    if (side === null) continue;
    try {
      const clients = await withConnection(spec[side].connection, { purpose: 'clients' }, readClients);
      await keepClients(state, { side, at: new Date().toISOString(), clients });
    } catch {
      // The next look.
    }
  }
}

/**
 * The same for a command that only looks, where something new was seen and the migration has a lockfile. It waits for no
 * run, and a folder that is not to be written to is no error.
 */
export async function noteClients(
  spec: Spec,
  facts: Facts,
  stored: Lockfile | null,
  signal: AbortSignal,
): Promise<void> {
  const sample = clientsSeen(facts, stored, new Date().toISOString());
  if (stored === null || stored.reached === 'ready' || sample === null || !saysMore(stored.clients, sample)) return;
  try {
    await withRunLock(spec, { command: 'note', lockTimeout: 0, signal }, async lock => {
      await keepClients(await openStateSession(openBackend(spec), lock), sample);
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}
