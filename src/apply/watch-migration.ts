import { setTimeout as pause } from 'node:timers/promises';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import { followUnattended, wantsFollowing } from './follow-unattended.js';
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
  let told: string | null = null;
  while (!signal.aborted) {
    const look = await lookAt(spec);
    await seen(look, watchEvents(spec.name, before, look, spec.replication.maxLag));
    const followed = await followChanges(spec, look, told, signal);
    told = followed.told;
    if (followed.events.length > 0) await seen(look, followed.events);
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

/** What stands in the way is told once, until it is something else. */
async function followChanges(
  spec: Spec,
  { status, at }: Look,
  told: string | null,
  signal: AbortSignal,
): Promise<{ readonly events: readonly WatchEvent[]; readonly told: string | null }> {
  if (status === null || signal.aborted || !wantsFollowing(spec, status)) return { events: [], told: null };
  const outcome = await followUnattended(spec, signal);
  const event = { name: spec.name, at };
  switch (outcome.kind) {
    case 'nothing':
      return { events: [], told };
    case 'followed':
      return {
        events: outcome.titles.map(message => ({ ...event, event: 'followed' as const, message })),
        told: null,
      };
    case 'failed':
      return {
        events: outcome.message === told ? [] : [{ ...event, event: 'not-followed', message: outcome.message }],
        told: outcome.message,
      };
  }
}
