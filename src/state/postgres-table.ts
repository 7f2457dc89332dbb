import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';

const createSql = `
create schema if not exists pgm_state;
create table if not exists pgm_state.state (
  name text primary key,
  serial bigint not null,
  token bigint not null,
  content jsonb not null,
  updated_at timestamptz not null default now()
);
comment on schema pgm_state is 'pgm: the state of migrations, one row each';`;

/** Two first writers at once: one of them may see the other's half-made catalog rows, and then they are there. */
export async function createTable(connection: Connection): Promise<void> {
  const present = await connection.row<{ present: boolean }>(
    "select to_regclass('pgm_state.state') is not null as present",
  );
  if (present.present) return;
  try {
    await connection.execute(createSql);
  } catch (error) {
    const code = errorCode(error);
    if (code !== sqlstate.uniqueViolation && code !== sqlstate.duplicateSchema && code !== sqlstate.duplicateTable)
      throw error;
    await connection.execute(createSql);
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
