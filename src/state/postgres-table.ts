import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { assertOwnObjects } from './own-objects.js';

const createTableSql = `
create table pgm_state.state (
  name text primary key,
  serial bigint not null,
  token bigint not null,
  content jsonb not null,
  updated_at timestamptz not null default now()
);
comment on schema pgm_state is 'pgm: the state of migrations, one row each';`;

const presentSql = `
select to_regnamespace('pgm_state') is not null as schema,
       to_regclass('pgm_state.state') is not null as "table"`;

/** Two first writers at once: one of them clashes, and then the other's is there. @throws UserError (PGM317) */
export async function createTable(connection: Connection): Promise<void> {
  for (let tries = 1; ; tries++) {
    const present = await connection.row<{ schema: boolean; table: boolean }>(presentSql);
    await assertOwnObjects(connection, 'pgm_state');
    if (present.table) return;
    try {
      await connection.execute(`${present.schema ? '' : 'create schema pgm_state;'}${createTableSql}`);
      return;
    } catch (error) {
      const code = errorCode(error);
      const clash =
        code === sqlstate.uniqueViolation || code === sqlstate.duplicateSchema || code === sqlstate.duplicateTable;
      if (!clash || tries > 3) throw error;
    }
  }
}

/** Leaves nothing behind once the last migration's row is gone. */
export async function dropTableWhenEmpty(connection: Connection): Promise<void> {
  await connection.transaction(async () => {
    await connection.execute('lock table pgm_state.state in access exclusive mode');
    const { rows } = await connection.row<{ rows: number }>('select count(*)::int as rows from pgm_state.state');
    if (rows === 0) await connection.execute('drop table pgm_state.state; drop schema pgm_state');
  });
}

/** The first row; undefined when there is none, or no table at all. */
export async function rowOrAbsent<Row extends object>(
  connection: Connection,
  sql: string,
  parameters: readonly unknown[],
): Promise<Row | undefined> {
  try {
    const [row] = await connection.rows<Row>(sql, parameters);
    return row;
  } catch (error) {
    if (errorCode(error) === sqlstate.undefinedTable || errorCode(error) === sqlstate.undefinedSchema) return undefined;
    throw error;
  }
}
