import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from './connect.js';
import type { Connection } from './connection.js';
import type { Conninfo } from './conninfo.js';

/** What a session of one migration's run is called: `pgm: shop/copy to`. Others of pgm have no slash there. */
export function runPurpose(migration: string, purpose: string): string {
  return `${migration}/${purpose}`;
}

/** The role may end its own sessions, and those of others only with more rights: left alone then. */
const endSql = `
select a.pid, pg_terminate_backend(a.pid) as ended
from pg_stat_activity a
where starts_with(a.application_name, $1)
  and a.pid <> pg_backend_pid()
  and (pg_has_role(current_user, a.usesysid, 'usage') or pg_has_role(current_user, 'pg_signal_backend', 'member'))`;

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

/**
 * Ends all sessions of a migration's run on one server and waits until they are gone. The run's lock is held, so they
 * are of a run that died, or of this one that was interrupted: a server goes on with an index or a wait for a lock
 * when nobody is there any more to hear of it.
 * @returns how many there were
 */
export async function endRunSessions(conninfo: Conninfo, migration: string): Promise<number> {
  return withConnection(
    { ...conninfo, connectTimeout: Math.min(conninfo.connectTimeout ?? 3, 3) },
    { purpose: 'clearing up' },
    async connection => {
      const deadline = performance.now() + patience;
      const seen = new Set<number>();
      for (;;) {
        const left = await connection.rows<{ pid: number }>(endSql, [`pgm: ${migration}/`]);
        for (const { pid } of left) seen.add(pid);
        if (left.length === 0 || performance.now() > deadline) return seen.size;
        await sleep(20);
      }
    },
  );
}
