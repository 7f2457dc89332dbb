import type { Connection } from '../postgres/connection.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { formatLineage } from './lineage.js';
import type { SettingRecord } from './lockfile.js';
import { isLineage } from './outside.js';
import { settingKey, settingsFromTarget } from './settable.js';
import { assertOwnObjects, ownObjectsProblems } from './own-objects.js';
import { dropSchemaIfEmpty } from './own-schema.js';

/**
 * What settings were before pgm changed them, once more: in schema `pgm` of the target's maintenance database. A
 * lockfile that is lost between a kill and the next run must not leave a server with the settings of the load for good.
 */
export interface RememberedSettings {
  readonly lineage: string;
  readonly settings: Readonly<Record<string, SettingRecord>>;
}

/** Asked of the catalog: a schema of somebody else's, which this role may not use, is no error. */
const presentSql = `
select exists (
  select from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'pgm'
    and c.relname = 'setting'
    and has_schema_privilege(n.oid, 'usage')
    and has_table_privilege(c.oid, 'select')) as present`;

const readSql = `
select key, lineage, record
from pgm.setting
where migration = $1
order by key`;

const schemaPresentSql = "select to_regnamespace('pgm') is not null as present";

const createTableSql = `
create table if not exists pgm.setting (
  migration text not null,
  key text not null,
  lineage text not null,
  record jsonb not null,
  primary key (migration, key)
)`;

/** What a setting was before the first change of all stays. */
const rememberSql = `
insert into pgm.setting (migration, key, lineage, record)
values ($1, $2, $3, $4)
on conflict (migration, key) do update
set lineage = excluded.lineage,
    record = case when setting.lineage = excluded.lineage
      then setting.record || (excluded.record - array['before', 'until']) else excluded.record end`;

const forgetSql = `
delete from pgm.setting
where migration = $1
  and ($2::text is null or key = $2)`;

/** @returns null where nothing is remembered */
export async function readRememberedSettings(
  connection: Connection,
  migration: string,
): Promise<RememberedSettings | null> {
  if (!(await isPresent(connection)) || (await ownObjectsProblems(connection, 'pgm')).length > 0) return null;
  const rows = await connection.rows<{ key: string; lineage: string; record: unknown }>(readSql, [migration]);
  const lineage = rows.find(row => isLineage(row.lineage))?.lineage;
  if (lineage === undefined) return null;
  const records = rows.filter(row => row.lineage === lineage).map(({ key, record }) => [key, record] as const);
  return { lineage, settings: settingsFromTarget(Object.fromEntries(records)) };
}

/** @throws StatementError where the role may not create a schema there */
export async function rememberSetting(
  connection: Connection,
  { name, lineage }: { readonly name: string; readonly lineage: string },
  record: SettingRecord,
): Promise<void> {
  await connection.transaction(async () => {
    const { present } = await connection.row<{ present: boolean }>(schemaPresentSql);
    if (!present)
      await connection.execute(
        'create schema pgm; comment on schema pgm ' +
          `is ${quoteLiteral(formatLineage({ name, lineage, what: 'progress' }))}`,
      );
    await assertOwnObjects(connection, 'pgm');
    await connection.execute(createTableSql);
    await connection.rows(rememberSql, [name, settingKey(record), lineage, JSON.stringify(record)]);
  });
}

/** @param key null: all of the migration's */
export async function forgetRememberedSettings(
  connection: Connection,
  migration: string,
  key: string | null,
): Promise<void> {
  if (!(await isPresent(connection))) return;
  await assertOwnObjects(connection, 'pgm');
  await connection.transaction(async () => {
    await connection.rows(forgetSql, [migration, key]);
    const { left } = await connection.row<{ left: boolean }>('select exists (select from pgm.setting) as left');
    if (left) return;
    await connection.execute('drop table pgm.setting');
    await dropSchemaIfEmpty(connection);
  });
}

async function isPresent(connection: Connection): Promise<boolean> {
  return (await connection.row<{ present: boolean }>(presentSql)).present;
}
