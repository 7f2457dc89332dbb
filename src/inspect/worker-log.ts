import type { Connection } from '../postgres/connection.js';

/** Bytes of the log's end that are looked at: a worker that fails writes a few lines every 5 s. */
const tailBytes = 131_072;

/** What the server lets us see: the collector's file, when there is one and the role may read it. */
const logFileSql = `
select case
    when current_setting('logging_collector') = 'on'
      and has_function_privilege('pg_current_logfile(text)', 'execute')
      and has_function_privilege('pg_stat_file(text, boolean)', 'execute')
      and has_function_privilege('pg_read_binary_file(text, bigint, bigint, boolean)', 'execute')
    then pg_current_logfile('stderr')
  end as path`;

const tailSql = `
select pg_read_binary_file($1, greatest(s.size - $2, 0), $2, true) as tail
from pg_stat_file($1, true) s`;

/**
 * Why the subscriptions' workers ended last, in the server's own words, by subscription: PostgreSQL keeps them nowhere
 * but in its log. Empty where the log is not ours to read.
 * @param connection within a transaction
 */
export async function readWorkerFailures(connection: Connection): Promise<ReadonlyMap<string, string>> {
  await connection.execute('savepoint worker_log');
  try {
    const { path } = await connection.row<{ path: string | null }>(logFileSql);
    if (path === null) return new Map();
    const { tail } = await connection.row<{ tail: Buffer | null }>(tailSql, [path, tailBytes]);
    return tail === null ? new Map() : workerFailures(tail.toString('utf8'));
  } catch {
    await connection.execute('rollback to savepoint worker_log');
    return new Map();
  }
}

/** From 18 on the whole rows follow their key; they belong neither into a plan nor into a pull request. */
function withoutRows(text: string): string {
  return text.replace(/; (?:existing local|remote) (?:row|tuple) .*$/, '.');
}

const started = /\[(\d+)\].*LOG: {2}logical replication apply worker for subscription "(.+)" has started/;
const failed = /\[(\d+)\].*?(?:ERROR|FATAL): {2}(.*)/;
const more = /\[(\d+)\].*?(DETAIL|CONTEXT): {2}(.*)/;

/**
 * The last error of each worker. A line names the process (`%p` in log_line_prefix, in brackets as PostgreSQL has it by
 * default), and the process says at its start whose worker it is.
 */
export function workerFailures(log: string): ReadonlyMap<string, string> {
  const subscriptionOf = new Map<string, string>();
  const words = new Map<string, string>();
  let last: string | undefined;
  for (const line of log.split('\n')) {
    // A field of several lines goes on with a tab.
    if (line.startsWith('\t')) {
      if (last !== undefined) words.set(last, `${words.get(last) ?? ''} ${withoutRows(line.trim())}`);
      continue;
    }
    last = undefined;
    const [, starting = '', subscription] = started.exec(line) ?? [];
    if (subscription !== undefined) {
      subscriptionOf.set(starting, subscription);
      continue;
    }
    const [, failing, message] = failed.exec(line) ?? [];
    if (failing !== undefined && message !== undefined) {
      const whose = subscriptionOf.get(failing);
      // An administrator's or a restart's doing says nothing of the change.
      if (whose !== undefined && !message.startsWith('terminating')) words.set((last = whose), message);
      continue;
    }
    const [, process = '', field, text = ''] = more.exec(line) ?? [];
    const whose = subscriptionOf.get(process);
    const before = whose === undefined ? undefined : words.get(whose);
    if (whose === undefined || before === undefined || field === undefined) continue;
    if (field === 'DETAIL') last = whose;
    words.set(whose, `${before}${field === 'DETAIL' ? ` ${text}` : ` (${text})`}`);
  }
  return words;
}
