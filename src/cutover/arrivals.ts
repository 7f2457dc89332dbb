import { setTimeout as sleep } from 'node:timers/promises';
import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Switchover } from './job.js';

/** A role that works in a database. */
export interface AtWork {
  readonly role: string;
  readonly database: string;
}

/** Role and database of a session are everybody's to see; what kind it is only with pg_read_all_stats. */
const atWorkSql = `
select distinct usename::text as role, datname::text as database
from pg_stat_activity
where datname = any($1)
  and usename is not null
  and (backend_type = 'client backend' or backend_type is null)
  and application_name !~ '^pgm[:_]'
order by database, role`;

/** Who has a session in the databases now, but pgm itself. */
export async function atWorkIn(session: Connection, databases: readonly string[]): Promise<readonly AtWork[]> {
  return session.rows<AtWork>(atWorkSql, [databases]);
}

/** The same before anything is stopped; nothing of the switch depends on it. */
export async function whoIsAtWork(job: Switchover, session: Connection | undefined): Promise<readonly AtWork[]> {
  return session === undefined || job.options.watch === 0
    ? []
    : atWorkIn(
        session,
        job.databases.map(({ name }) => name),
      );
}

/** Milliseconds between two looks: a session that lasts no longer may be missed. */
const pause = 100;

const key = ({ role, database }: AtWork): string => JSON.stringify([database, role]);

export type ArrivalsJob = Pick<Switchover, 'from' | 'to' | 'signal' | 'progress' | 'warn'>;

/**
 * Watches the side that took over until everyone has come who was on the other one before the switch, and names whom it
 * waited for in vain. Never throws: the switch stands.
 * @param limit milliseconds; 0: not at all
 */
export async function watchArrivals(job: ArrivalsJob, expected: readonly AtWork[], limit: number): Promise<void> {
  if (expected.length === 0 || limit === 0) return;
  const missing = new Map(expected.map(each => [key(each), each]));
  const databases = [...new Set(expected.map(({ database }) => database))];
  const { to, signal } = job;
  job.progress({ message: `watching who comes to the ${to.role}` });
  const deadline = performance.now() + limit;
  try {
    await withConnection(
      to.conninfo,
      { database: databases[0] ?? to.conninfo.database, purpose: 'arrivals' },
      async session => {
        for (;;) {
          for (const each of await atWorkIn(session, databases)) missing.delete(key(each));
          if (missing.size === 0 || performance.now() > deadline || signal.aborted) return;
          await sleep(pause);
        }
      },
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    job.warn(`who comes to the ${to.role} could not be watched: ${why}`);
    return;
  }
  if (missing.size > 0 && !signal.aborted) job.warn(absentWords(job, [...missing.values()], limit));
}

function absentWords(
  { from, to }: Pick<ArrivalsJob, 'from' | 'to'>,
  missing: readonly AtWork[],
  limit: number,
): string {
  const shown = missing.slice(0, 10);
  const hidden = missing.length - shown.length;
  const names = shown.map(({ role, database }) => `"${role}" in "${database}"`).join(', ');
  const [was, it] = missing.length === 1 ? ['has', 'it'] : ['have', 'they'];
  return (
    `${names}${hidden > 0 ? ` and ${hidden} more` : ''} had sessions on the ${from.role} before the switch and ` +
    `${was} none on the ${to.role} after ${limit / 1000} s: see whether ${it} still use${missing.length === 1 ? 's' : ''} ` +
    'the old address (57P01, then 42501 or 25006 in the log of the application), or may not log in'
  );
}
