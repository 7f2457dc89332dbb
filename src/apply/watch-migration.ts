import { setTimeout as pause } from 'node:timers/promises';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import { readStatus } from './read-status.js';
import { watchEvents, type Look, type WatchEvent } from './watch-events.js';

export interface WatchOptions {
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly signal: AbortSignal;
  /** Called after each look, with what changed since the one before. */
  readonly seen: (look: Look, events: readonly WatchEvent[]) => Promise<void>;
}

/** Looks at the migration again and again until the signal; a server that is away is an event, not an end. */
export async function watchMigration(spec: Spec, { interval, signal, seen }: WatchOptions): Promise<void> {
  let before: Look | null = null;
  while (!signal.aborted) {
    const look = await lookAt(spec);
    await seen(look, watchEvents(spec.name, before, look, spec.replication.maxLag));
    before = look.status === null && before !== null ? { ...look, status: before.status } : look;
    await pause(interval, undefined, { signal }).catch(() => undefined);
  }
}

async function lookAt(spec: Spec): Promise<Look> {
  const at = new Date().toISOString();
  try {
    return { status: await readStatus(spec), error: null, at };
  } catch (error) {
    return { status: null, error: reportError(error).message, at };
  }
}
