import type { Connection } from '../postgres/connection.js';

const maySql = `
select has_table_privilege('pg_replication_origin_status', 'select')
  and has_function_privilege('pg_show_replication_origin_status()', 'execute') as may`;

const progressSql = `
select substr(external_id, 4) as id, remote_lsn::text as lsn
from pg_replication_origin_status
where external_id ~ '^pg_[0-9]+$'`;

/**
 * The publisher's position behind the last transaction that each subscription applied, by the subscription's oid; null
 * where the role may not ask.
 */
export async function readOriginProgress(connection: Connection): Promise<ReadonlyMap<string, string> | null> {
  const { may } = await connection.row<{ may: boolean }>(maySql);
  if (!may) return null;
  const rows = await connection.rows<{ id: string; lsn: string }>(progressSql);
  return new Map(rows.map(({ id, lsn }) => [id, lsn]));
}

/** As its row would say it: there is none until the first transaction was applied. */
export const nothingApplied = '0/0';
