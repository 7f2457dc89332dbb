import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from './connect.js';
import type { Connection } from './connection.js';
import type { Conninfo } from './conninfo.js';

/**
 * What a session of one migration's run is called: `pgm: shop/copy to`. Every session that writes has such a name, so
 * that a later run finds it. Others of pgm have no slash there: they read, or are more than one run's.
 */
export function runPurpose(migration: string, purpose: string): string {
  return `${migration}/${purpose}`;
}

/** Of a process that outlives a killed pgm to let writers in again: it is waited for, and not ended. */
export const lastWillPurpose = 'last will';

/** These only read: whatever becomes of them, nothing of theirs can be committed. */
const readingPurposes = ['copy from', 'verify', 'why not'] as const;

/** A session of a run that has ended, which its server has not ended. */
export interface LeftSession {
  readonly pid: number;
  readonly role: string;
  readonly database: string | null;
  /** After `pgm: `. */
  readonly purpose: string;
  /** Null: this role may not see it. */
  readonly state: string | null;
  /** How long it has been at what it is doing. */
  readonly seconds: number | null;
  /** Whether this role may end it. */
  readonly endable: boolean;
}

/**
 * A role may end its own sessions, and those of others only with more rights: a migration may have gone on with another
 * role. Names are seen by everybody.
 */
const sessionsSql = `
select a.pid, coalesce(a.usename::text, '') as role, a.datname::text as database,
       substr(a.application_name, 6) as purpose, a.state,
       extract(epoch from clock_timestamp() - a.state_change)::float8 as seconds,
       coalesce(pg_has_role(current_user, a.usesysid, 'usage')
         or pg_has_role(current_user, 'pg_signal_backend', 'member'), false) as endable
from pg_stat_activity a
where starts_with(a.application_name, $1)
  and a.pid <> pg_backend_pid()
order by a.pid`;

const endSql = `
select pg_terminate_backend(a.pid) as ended
from pg_stat_activity a
where a.pid = any($1)
  and starts_with(a.application_name, $2)`;

const endOneSql = `
select pg_terminate_backend(a.pid) as ended
from pg_stat_activity a
where a.pid = $1
  and a.application_name = $2`;

/** Milliseconds until a session that was ended must be gone; an index build looks for it only now and then. */
const patience = 5_000;

/**
 * Ends a session that was lost and waits until it is gone: its server may not have missed us yet, and holds its locks.
 * @param connection another session of the same role
 */
export async function endLostSession(connection: Connection, lost: Connection): Promise<void> {
  const deadline = performance.now() + patience;
  while (
    (await connection.rows(endOneSql, [lost.pid, lost.applicationName])).length > 0 &&
    performance.now() < deadline
  )
    await sleep(20);
}

export interface EndOptions {
  /** Milliseconds to wait for those that could still commit something. */
  readonly within?: number;
  readonly signal?: AbortSignal;
  /** Told once, of those that are still there after a moment. */
  readonly waiting?: (left: readonly LeftSession[]) => void;
}

/**
 * Ends all sessions of a migration's run on one server and waits until they are gone. The run's lock is held, so they
 * are of a run that died, or of this one that was interrupted: a server goes on with an index or a wait for a lock
 * when nobody is there any more to hear of it, and one that is in COMMIT ends when that is done.
 * @returns those that could still commit something, and are still there
 */
export async function endRunSessions(
  conninfo: Conninfo,
  migration: string,
  { within = patience, signal, waiting }: EndOptions = {},
): Promise<readonly LeftSession[]> {
  const prefix = `pgm: ${migration}/`;
  return withConnection(
    { ...conninfo, connectTimeout: Math.min(conninfo.connectTimeout ?? 3, 3) },
    { purpose: 'clearing up' },
    async connection => {
      const began = performance.now();
      let told = false;
      for (let pause = 20; ; pause = Math.min(pause * 1.5, 500)) {
        const there = await connection.rows<LeftSession>(sessionsSql, [prefix]);
        const ends = there.filter(({ endable, purpose }) => endable && purpose !== `${migration}/${lastWillPurpose}`);
        if (ends.length > 0) await connection.rows(endSql, [ends.map(({ pid }) => pid), prefix]).catch(() => undefined);
        const writing = there.filter(({ purpose }) => !reads(purpose, migration));
        const passed = performance.now() - began;
        if (there.length === 0 || (writing.length === 0 && passed > patience)) return [];
        if (passed > within || signal?.aborted === true) return writing;
        if (!told && passed > 2_000 && writing.length > 0) {
          told = true;
          waiting?.(writing);
        }
        await sleep(pause);
      }
    },
  );
}

function reads(purpose: string, migration: string): boolean {
  return readingPurposes.some(each => purpose === runPurpose(migration, each));
}
