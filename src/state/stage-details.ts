import type { Connection } from '../postgres/connection.js';

const rememberSql = `
insert into pgm.stage (migration, stage, detail)
values ($1, $2, $3)
on conflict (migration, stage) do update set finished_at = now(), detail = excluded.detail`;

/** Writes what a target's database is to remember under a name, in place of what it had there. `detail`: JSON. */
export async function rememberDetail(
  target: Connection,
  migration: string,
  stage: string,
  detail: string,
): Promise<void> {
  await target.rows(rememberSql, [migration, stage, detail]);
}

const forgetSql = 'delete from pgm.stage where migration = $1 and stage = $2';

export async function forgetDetail(target: Connection, migration: string, stage: string): Promise<void> {
  await target.rows(forgetSql, [migration, stage]);
}
