import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { decodeTransactions, type DecodedTransaction } from './pgoutput.js';

/**
 * Reads without consuming. Every message of a transaction is decoded by the server; only so many come here, and of the
 * rest the ends and the first change of each table: of a large transaction its position matters and what it touches,
 * not every row.
 */
const peekSql = `
with peeked as materialized (
  select data, n, sum(length(data)) over (order by n) as bytes
  from pg_logical_slot_peek_binary_changes($1::name, null, $2::int, 'proto_version', '1', 'publication_names', $3::text)
    with ordinality as changes (lsn, xid, data, n)
), numbered as (
  select data, n, bytes, count(*) filter (where get_byte(data, 0) = 66) over (order by n) as transaction
  from peeked
), counted as (
  select data, n, bytes,
         count(*) filter (where get_byte(data, 0) in (73, 85, 68, 84)) over (partition by transaction)::int as changes,
         min(n) filter (where get_byte(data, 0) in (73, 85, 68))
           over (partition by transaction, substring(data from 2 for 4)) as first_of_table
  from numbered
)
select data, changes
from counted
where get_byte(data, 0) in (66, 67, 82, 84)
  or (get_byte(data, 0) in (73, 85, 68) and n = first_of_table)
  or (n <= 20000 and bytes <= 32 * 1024 * 1024)
order by n`;

/** Only the first of a large transaction's changes come here; all are counted. */
export interface PendingTransaction extends DecodedTransaction {
  readonly changeCount: number;
}

const begin = 66;

/**
 * Messages after which the server stops reading, at the end of a transaction: what is applied but not confirmed comes
 * first.
 */
const depths = [1, 1_000, 100_000];

/** Milliseconds to wait for the slot between two tries of its apply worker. */
const slotFreeWithin = 15_000;

const settingsSql = "set statement_timeout = '30s'";

/**
 * The first transaction of a lane that its subscriber has not applied; null when there is none.
 * @param publisher a session of its own: its settings are changed. Slot and publication have one name
 * @param passesOver what stands in nobody's way
 * @param applied the publisher's position up to which all is applied
 */
export async function firstPending(
  publisher: Connection,
  lane: string,
  applied: string,
  passesOver: (transaction: PendingTransaction) => Promise<boolean> = () => Promise.resolve(false),
): Promise<PendingTransaction | null> {
  await publisher.execute(settingsSql);
  for (const depth of depths) {
    const rows = await whenFree(() =>
      publisher.rows<{ data: Buffer; changes: number }>(peekSql, [lane, depth, `"${lane}"`]),
    );
    const counts = rows.filter(row => row.data[0] === begin).map(row => row.changes);
    const transactions = decodeTransactions(rows.map(row => row.data))
      .map((transaction, index) => ({ ...transaction, changeCount: counts[index] ?? transaction.changes.length }))
      .filter(({ finishLsn, changeCount }) => changeCount > 0 && isBehind(applied, finishLsn));
    for (const transaction of transactions) if (!(await passesOver(transaction))) return transaction;
  }
  return null;
}

/** The walsender of a failing worker has the slot for moments only. */
async function whenFree<T>(peek: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + slotFreeWithin;
  for (;;) {
    try {
      return await peek();
    } catch (error) {
      if (errorCode(error) !== sqlstate.objectInUse || performance.now() > deadline) throw error;
      await sleep(25);
    }
  }
}

function isBehind(applied: string, lsn: string): boolean {
  return toNumber(applied) <= toNumber(lsn);
}

function toNumber(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
