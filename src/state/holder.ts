import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { processMark, type ProcessMark } from '../process-mark.js';

/** Who holds a run's lock, as whoever waits is told. */
export interface Holder {
  /** 12 hexadecimal digits: what `pgm force-unlock` wants. */
  readonly id: string;
  /** Login name on the host. */
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** `apply`, `cutover` … */
  readonly command: string;
  /** ISO 8601, by the holder's clock. */
  readonly started_at: string;
  /** Tells a process from a later one of the same pid; null where /proc is missing. */
  readonly process: ProcessMark | null;
}

export function newHolder(command: string): Holder {
  return {
    id: randomBytes(6).toString('hex'),
    user: userName().slice(0, 64),
    host: hostname().slice(0, 100),
    pid: process.pid,
    command: command.slice(0, 60),
    started_at: new Date().toISOString(),
    process: processMark(process.pid),
  };
}

/**
 * Whether the holder's process is gone. `unknown`: it ran on another machine or in another container, or /proc
 * does not tell.
 */
export function holderLife(holder: Holder): 'alive' | 'dead' | 'unknown' {
  const here = processMark(process.pid);
  const there = holder.process;
  if (there === null || here === null || holder.host !== hostname().slice(0, 100)) return 'unknown';
  if (there.boot !== here.boot || there.namespace !== here.namespace) return 'unknown';
  return processMark(holder.pid)?.start === there.start ? 'alive' : 'dead';
}

/** `apply by ann@build-7 (pid 4711), since 2026-11-22T21:18:01Z, last heartbeat 3 s ago, lock ID 1a2b3c4d5e6f` */
export function describeHolder(holder: Holder, heartbeatAge: number | null): string {
  const heartbeat =
    heartbeatAge === null
      ? 'heartbeat not known'
      : `last heartbeat ${Math.max(0, Math.round(heartbeatAge / 1000))} s ago`;
  const since = holder.started_at === '' ? '' : `, since ${holder.started_at}`;
  return (
    `${holder.command} by ${holder.user}@${holder.host} ` +
    `(pid ${holder.pid})${since}, ${heartbeat}, lock ID ${holder.id}`
  );
}

/** A holder out of JSON; null for anything else. */
export function parseHolder(text: string): Holder | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { id, user, host, pid, command, started_at, process: mark } = value as Partial<Record<keyof Holder, unknown>>;
  if (typeof id !== 'string' || !/^[0-9a-f]{12}$/.test(id) || typeof pid !== 'number') return null;
  if (
    typeof user !== 'string' ||
    typeof host !== 'string' ||
    typeof command !== 'string' ||
    typeof started_at !== 'string'
  )
    return null;
  return { id, user, host, pid, command, started_at, process: parseMark(mark) };
}

function parseMark(value: unknown): ProcessMark | null {
  if (typeof value !== 'object' || value === null) return null;
  const { boot, namespace, start } = value as Partial<Record<keyof ProcessMark, unknown>>;
  return typeof boot === 'string' && typeof namespace === 'string' && typeof start === 'string'
    ? { boot, namespace, start }
    : null;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without an entry in /etc/passwd, as in many containers.
    return process.env.USER ?? `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
