import type { Connection } from '../postgres/connection.js';
import type { HbaRule } from './facts.js';
import { has } from '../postgres/since.js';

const hbaSql = `
select line_number as line, type, database, user_name as "user", address, netmask, auth_method as method, error,
  options
from pg_hba_file_rules
order by line_number`;

/** 16 on: files may include others, so that the rule's number gives the order. */
const hbaSql16 = `
select line_number as line, type, database, user_name as "user", address, netmask, auth_method as method, error, options,
  file_name as file
from pg_hba_file_rules
order by rule_number nulls last, line_number`;

interface HbaRow extends Omit<HbaRule, 'type' | 'database' | 'user' | 'method'> {
  readonly type: string | null;
  readonly database: readonly string[] | null;
  readonly user: readonly string[] | null;
  readonly method: string | null;
}

/** The rules in the order in which PostgreSQL tries them. A line that does not parse has only `line` and `error`. */
export async function readHbaRules(connection: Connection, versionNum: number): Promise<HbaRule[]> {
  const rows = await connection.rows<HbaRow>(has(versionNum, 'includedHbaFiles') ? hbaSql16 : hbaSql);
  return rows.map(row => ({
    ...row,
    type: row.type ?? '',
    database: row.database ?? [],
    user: row.user ?? [],
    method: row.method ?? '',
  }));
}
