import type { Connection } from '../postgres/connection.js';
import { endPrepared } from './end-prepared.js';

/** A transaction that holds an xid: a new slot's snapshot must wait for it. */
export interface Writer {
  readonly pid: number | null;
  readonly gid: string | null;
  readonly user: string | null;
  readonly database: string | null;
  readonly ageSeconds: number;
  readonly query: string | null;
}

const writersSql = `
select pid,
       null as gid,
       usename::text as "user",
       datname::text as database,
       extract(epoch from now() - xact_start)::float8 as "ageSeconds",
       left(regexp_replace(query, '\\s+', ' ', 'g'), 100) as query
from pg_stat_activity
where backend_xid is not null and pid <> pg_backend_pid() and backend_type = 'client backend'
union all
select null, gid, owner::text, database::text, extract(epoch from now() - prepared)::float8, null
from pg_prepared_xacts
order by 5 desc`;

/** Transactions that are writing now and prepared ones, oldest first. */
export async function readWriters(connection: Connection): Promise<readonly Writer[]> {
  return connection.rows<Writer>(writersSql);
}

/** `pid 4711 (app@shop, 12 s): update orders set …; prepared transaction "x" …` */
export function describeWriters(writers: readonly Writer[]): string {
  if (writers.length === 0) return 'the server (no writing transaction is seen)';
  const shown = writers.slice(0, 3).map(writer => {
    const who = writer.pid === null ? `prepared transaction "${writer.gid ?? ''}"` : `pid ${writer.pid}`;
    return (
      `${who} (${writer.user ?? '?'}@${writer.database ?? '?'}, ${Math.round(writer.ageSeconds)} ` +
      `s)${writer.query === null ? '' : `: ${writer.query}`}`
    );
  });
  return shown.join('; ') + (writers.length > 3 ? `; and ${writers.length - 3} more` : '');
}

/** Seconds; what has written for less comes and goes. */
const lasting = 5;

/** What ends those that stay, to be pasted. A prepared transaction is ended in its own database. */
export function endWriters(writers: readonly Writer[]): string {
  return writers
    .filter(({ ageSeconds }) => ageSeconds >= lasting)
    .map(({ pid, gid, database }) =>
      pid === null
        ? `in database ${database ?? '?'}: ${endPrepared(gid ?? '')}`
        : `select pg_terminate_backend(${pid});`,
    )
    .join(' ');
}
