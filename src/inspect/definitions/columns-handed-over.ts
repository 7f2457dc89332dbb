import type { Connection } from '../../postgres/connection.js';
import { columnsByTable, type NotedColumns } from '../../state/copied-parts.js';
import { forgetDetail } from '../../state/stage-details.js';
import { numberedColumnsSql, type ColumnHistory, type NumberedColumns } from './column-history.js';

/**
 * The row of pgm.stage that has, by oid, the columns of the target's tables as they were when the target took over, or
 * when the source followed them last: the way back is judged by it as the way there is by the record of the copy.
 */
export const columnsStage = 'columns';

const tablesSql = `
select jsonb_object_agg(c.oid::text, ${numberedColumnsSql('c')})
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
  and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema', 'pgm', 'aiven_extras')
  and n.nspname !~ '^pg_(toast|temp)'`;

const noteAllSql = `
insert into pgm.stage (migration, stage, detail)
values ($1, $2, coalesce((${tablesSql}), '{}'))
on conflict (migration, stage) do update set finished_at = now(), detail = excluded.detail`;

/** While nobody but replication writes there: what comes later is known to be later. */
export async function noteColumnsHandedOver(target: Connection, migration: string): Promise<void> {
  await target.rows(noteAllSql, [migration, columnsStage]);
}

export async function forgetColumnsHandedOver(target: Connection, migration: string): Promise<void> {
  await forgetDetail(target, migration, columnsStage);
}

/** One row more, without an oid, says that it is written down. */
const readSql = `
with noted as materialized (
  select detail from pgm.stage where migration = $1 and stage = $2
)
select null as oid, null as copied, null as now
from noted
union all
select c.oid::text, each.value, now.columns
from noted
cross join lateral jsonb_each(noted.detail) each
join pg_class c on c.oid = each.key::oid
cross join lateral (select ${numberedColumnsSql('c')} as columns) now
where now.columns is distinct from each.value`;

/**
 * Tables of the target that were altered or rewritten since it took over. @returns null where nothing was written down
 */
export async function readHistoriesBack(
  target: Connection,
  migration: string,
): Promise<readonly ColumnHistory[] | null> {
  const rows = await target.rows<{ oid: string | null; copied: NumberedColumns; now: NumberedColumns }>(readSql, [
    migration,
    columnsStage,
  ]);
  return rows.length === 0 ? null : rows.flatMap(({ oid, ...columns }) => (oid === null ? [] : [{ oid, ...columns }]));
}

const noteColumnsSql = `
update pgm.stage
set detail = detail || (
  select coalesce(jsonb_object_agg(noted.oid, jsonb_set(detail -> noted.oid, '{columns}',
    (detail -> noted.oid -> 'columns') || noted.columns)), '{}')
  from unnest($3::text[], $4::jsonb[]) as noted (oid, columns)
  where detail ? noted.oid
)
where migration = $1 and stage = $2`;

/** Columns that are the source's too from now on; null: no more. */
export async function noteColumnsFollowedBack(
  target: Connection,
  migration: string,
  noted: readonly NotedColumns[],
): Promise<void> {
  const byTable = columnsByTable(noted);
  if (byTable.size === 0) return;
  await target.rows(noteColumnsSql, [
    migration,
    columnsStage,
    [...byTable.keys()],
    [...byTable.values()].map(columns => JSON.stringify(columns)),
  ]);
}

const numberedSql = `
select c.oid::text as oid, ${numberedColumnsSql('c')} as columns
from pg_class c
where c.oid = any (select to_regclass(t)::oid from unnest($1::text[]) t)`;

/** As they are now: to be asked before their definitions and rows are read. */
export function readNumberedColumns(
  target: Connection,
  tables: readonly string[],
): Promise<readonly { readonly oid: string; readonly columns: NumberedColumns }[]> {
  return target.rows<{ oid: string; columns: NumberedColumns }>(numberedSql, [tables]);
}

const noteTablesSql = `
update pgm.stage
set detail = detail || (
  select coalesce(jsonb_object_agg(noted.oid, noted.columns), '{}')
  from unnest($3::text[], $4::jsonb[]) as noted (oid, columns)
)
where migration = $1 and stage = $2`;

/** Tables whose rows come to the source from now on. */
export async function noteTablesBroughtBack(
  target: Connection,
  migration: string,
  tables: readonly { readonly oid: string; readonly columns: NumberedColumns }[],
): Promise<void> {
  await target.rows(noteTablesSql, [
    migration,
    columnsStage,
    tables.map(({ oid }) => oid),
    tables.map(({ columns }) => JSON.stringify(columns)),
  ]);
}
