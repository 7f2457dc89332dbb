import type { WriterFacts } from '../inspect/facts.js';
import type { Check, Seen } from './check.js';
import { endPrepared } from '../replication/end-prepared.js';

/** Seconds. A transaction that is older will hold up the making of a slot for a while yet. */
const longTransaction = 10;

export const openTransactions: Check = {
  code: 'PGM210',
  slug: 'open-transactions',
  title: 'Long transactions on the source',
  scope: 'continuous',
  momentary: true,
  why:
    'Making a slot waits for every transaction that has written and every prepared transaction, in all ' +
    'databases; one that was forgotten makes it wait without end, and holds back vacuum besides.',
  decided:
    `Transactions with an xid and prepared ones that are older than ${longTransaction} s, with who runs ` +
    'them and what. Without pg_read_all_stats those of other roles are hidden.',
  remedy:
    'Let it end, or end it: select pg_terminate_backend(PID); a prepared one as its transaction manager decided, by ' +
    'commit prepared GID; or rollback prepared GID; in its database: a rollback loses its rows.',
  run: ({ source }) =>
    source === null ? [] : source.writers.filter(({ ageSeconds }) => ageSeconds > longTransaction).map(finding),
};

function finding(writer: WriterFacts): Seen {
  const age = `${Math.floor(writer.ageSeconds)} s`;
  const who = `${writer.user ?? 'unknown'} in ${writer.database ?? 'unknown'}`;
  const seen = {
    severity: 'warning',
    server: 'source',
    ...(writer.database === null ? {} : { database: writer.database }),
    current: age,
  } as const;
  if (writer.kind === 'prepared') {
    const gid = writer.gid ?? '';
    return {
      ...seen,
      object: gid,
      message: `prepared transaction ${gid} of ${who} has been open for ${age}`,
      remedy: endPrepared(gid),
    };
  }
  const query = writer.query === null ? '' : `: ${writer.query.replaceAll(/\s+/g, ' ').slice(0, 80)}`;
  return {
    ...seen,
    object: `pid ${writer.pid ?? 0}`,
    message: `transaction of ${who} (pid ${writer.pid ?? 0}) has been open for ${age}${query}`,
    remedy: `select pg_terminate_backend(${writer.pid ?? 0});`,
  };
}
