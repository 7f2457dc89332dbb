import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import type { TableName } from './catalog.js';

/**
 * How often each table was written to so far; two readings that differ mean that it was written in between.
 * The reverse needs care: a session reports its counts up to a second after the transaction, an idle one up to ten.
 */
export type ChangeCounters = ReadonlyMap<RelationKey, string>;

/** Reads the counters of all user tables of this database. */
export async function changeCounters(connection: Connection): Promise<ChangeCounters> {
  const rows = await connection.rows<{ schema: string; name: string; counter: string }>(counters);
  return new Map(rows.map(row => [relationKey(row), row.counter]));
}

/** True unless both readings have the table with the same counter. */
export function wasChanged(table: TableName, before: ChangeCounters, after: ChangeCounters): boolean {
  const counter = before.get(relationKey(table));
  return counter === undefined || counter !== after.get(relationKey(table));
}

/** TRUNCATE counts no rows, but gives the table a new file. */
const counters = `
  select schemaname as schema, relname as name, concat_ws(' ', n_tup_ins, n_tup_upd, n_tup_del,
    pg_relation_filenode(relid)) as counter
  from pg_stat_user_tables`;
