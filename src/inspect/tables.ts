import type { Connection } from '../postgres/connection.js';
import { columnsOf, interning, noColumns, tableOf, type TableSeen } from './table-row.js';
import { tablesSql, type TableRow } from './tables-sql.js';
import { has } from '../postgres/since.js';
import type { Types } from './types.js';

/** Schemas whose tables are nobody's data: the system's, pgm's own and aiven_extras'. */
export const foreignSchemas = ['pg_catalog', 'information_schema', 'pgm', 'aiven_extras'] as const;

/**
 * One query, whatever the number of tables. Tables of equal columns share them in memory.
 * @param receiver `server_version_num` of the server that a binary copy would go to
 */
export async function readTables(
  connection: Connection,
  versionNum: number,
  types: Types,
  receiver: number,
): Promise<TableSeen[]> {
  const lockPrivileges = has(versionNum, 'maintain')
    ? 'update, delete, truncate, maintain'
    : 'update, delete, truncate';
  const rows = await connection.rows<TableRow>(tablesSql, [foreignSchemas, lockPrivileges]);
  const shapes = new Map(
    rows.flatMap(({ shape, columns }) =>
      shape === null || columns === null ? [] : [[shape, columnsOf(columns, types, receiver)]],
    ),
  );
  const once = interning();
  const lane = { publisher: versionNum, subscriber: receiver };
  return rows.map(row =>
    tableOf(row, (row.shape === null ? undefined : shapes.get(row.shape)) ?? noColumns, lane, once),
  );
}
