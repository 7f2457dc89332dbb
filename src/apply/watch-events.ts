import type { Status } from './status.js';

/** One look at a migration: its status, or why there is none. */
export interface Look {
  readonly status: Status | null;
  /** What was said where the status could not be read. */
  readonly error: string | null;
  /** ISO 8601. */
  readonly at: string;
}

/** What changed between two looks; what a notification gets on stdin, as one JSON object. */
export type WatchEvent = { readonly name: string; readonly at: string } & (
  | { readonly event: 'state'; readonly before: string; readonly after: string }
  | { readonly event: 'drift' | 'drift-gone'; readonly code: string; readonly message: string }
  | { readonly event: 'lag' | 'lag-gone'; readonly lane: string; readonly lag_bytes: number }
  | { readonly event: 'lane-error' | 'lane-error-gone'; readonly lane: string; readonly message: string }
  | { readonly event: 'unreachable'; readonly message: string }
  | { readonly event: 'reachable' }
  /** With `schema_changes: follow`: what was done on the target, or why not. */
  | { readonly event: 'followed' | 'not-followed'; readonly message: string }
);

/**
 * Pure. The first look is compared with a migration about which nothing is known, so that whoever begins to watch is
 * told what is wrong already, but not what state it is in.
 * @param maxLag bytes from which on a lane lags
 */
export function watchEvents(name: string, before: Look | null, now: Look, maxLag: number): readonly WatchEvent[] {
  const { at } = now;
  if (now.status === null)
    return before?.error === undefined || before.error === null
      ? [{ name, at, event: 'unreachable', message: now.error ?? '' }]
      : [];
  const events: WatchEvent[] = [];
  if (before !== null && before.error !== null) events.push({ name, at, event: 'reachable' });
  const earlier = before?.status ?? null;
  if (earlier !== null && earlier.state !== now.status.state)
    events.push({ name, at, event: 'state', before: earlier.state, after: now.status.state });
  const [seenBefore, seenNow] = [driftOf(earlier), driftOf(now.status)];
  for (const [key, { code, message }] of seenNow)
    if (!seenBefore.has(key)) events.push({ name, at, event: 'drift', code, message });
  for (const [key, { code, message }] of seenBefore)
    if (!seenNow.has(key)) events.push({ name, at, event: 'drift-gone', code, message });
  const [lanesBefore, lanesNow] = [lanesOf(earlier), lanesOf(now.status)];
  for (const [lane, { lag, error }] of lanesNow) {
    const was = lanesBefore.get(lane) ?? { lag: 0, error: null };
    if (lag > maxLag && was.lag <= maxLag) events.push({ name, at, event: 'lag', lane, lag_bytes: lag });
    if (lag <= maxLag && was.lag > maxLag) events.push({ name, at, event: 'lag-gone', lane, lag_bytes: lag });
    if (error !== null && was.error === null) events.push({ name, at, event: 'lane-error', lane, message: error });
    if (error === null && was.error !== null)
      events.push({ name, at, event: 'lane-error-gone', lane, message: was.error });
  }
  return events;
}

/** Warnings and errors, by what they are about: their figures change. */
function driftOf(status: Status | null): ReadonlyMap<string, { readonly code: string; readonly message: string }> {
  return new Map(
    (status?.drift ?? [])
      .filter(({ severity }) => severity === 'warning' || severity === 'error')
      .map(({ code, server, database, object, message }) => [
        JSON.stringify([code, server, database, object]),
        { code, message },
      ]),
  );
}

function lanesOf(status: Status | null): ReadonlyMap<string, { readonly lag: number; readonly error: string | null }> {
  return new Map(
    (status?.databases ?? []).flatMap(({ lanes }) =>
      lanes.map(({ name, lag_bytes, error }) => [name, { lag: lag_bytes ?? 0, error }] as const),
    ),
  );
}
