import type { Connection } from '../postgres/connection.js';
import { qualifiedName, qualifiedNameInText, quoteIdentifier } from '../postgres/identifiers.js';
import { relationKey } from '../postgres/relation-key.js';
import type { ApplyFailure } from '../replication/apply-failure.js';
import type { ReplicatedTable } from '../replication/pgoutput.js';
import { dropFromPublication, type Relation } from '../replication/statements.js';
import { forgetUnpublishedTables } from '../replication/subscriptions.js';
import type { StepContext } from './context.js';

const publishedSql = `
select p.pubname as lane, n.nspname as schema, c.relname as name
from pg_publication p
join pg_publication_rel r on r.prpubid = p.oid
join pg_class c on c.oid = r.prrelid
join pg_namespace n on n.oid = c.relnamespace
where p.pubname = any ($1::text[])`;

/**
 * Tables that are copied again leave their lanes: from then on a worker passes over what is still under way of them. It
 * does so only where the target's table has the columns that it meets: see {@link addMissingColumns}. Also again.
 * @param forget leaves no lane's subscription knowing them; null: by looking at their publications anew
 */
export async function leaveLanes(
  context: StepContext,
  database: string,
  lanes: readonly string[],
  tables: readonly Relation[],
  forget: ((follower: Connection) => Promise<void>) | null,
): Promise<void> {
  if (tables.length === 0 || lanes.length === 0) return;
  await addNewColumns(context, database, tables);
  const leaving = new Set(tables.map(relationKey));
  await context.withSource(database, source =>
    source.transaction(async () => {
      await source.execute("set local lock_timeout = '10s'");
      const published = await source.rows<Relation & { readonly lane: string }>(publishedSql, [lanes]);
      for (const lane of lanes) {
        const its = published.filter(each => each.lane === lane && leaving.has(relationKey(each)));
        for (const statement of dropFromPublication(lane, its)) await source.execute(statement);
      }
    }),
  );
  await context.withTarget(database, async target => {
    if (forget === null) for (const lane of lanes) await forgetUnpublishedTables(target, lane);
    else await target.transaction(() => forget(target));
  });
}

const textColumnsSql = `
select string_agg(format('%I text', a.attname), ', ' order by a.attnum) as list
from pg_attribute a
where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped`;

/**
 * A table without rows in the place of one that left: a worker passes over what is under way, since no subscription
 * knows it. Telling the subscription to look at its publication anew would do so too, but not while tables of it have
 * other names there: those it would forget as well.
 */
export async function standIn(follower: Connection, table: Relation): Promise<void> {
  const { list } = await follower.row<{ list: string | null }>(textColumnsSql, [qualifiedNameInText(table)]);
  await follower.execute(`drop table ${qualifiedName(table)}`);
  await follower.execute(`create table ${qualifiedName(table)} (${list ?? ''})`);
}

/** What the source's tables have by now, so that no worker stops at each of them. */
async function addNewColumns(context: StepContext, database: string, tables: readonly Relation[]): Promise<void> {
  const names = tables.map(qualifiedNameInText);
  const wanted = await context.withSource(database, source => source.rows<NamedColumn>(columnsOfSql, [names]));
  await context.withTarget(database, async target => {
    const there = new Set((await target.rows<NamedColumn>(columnsOfSql, [names])).map(columnKey));
    const roots = new Set((await target.rows<{ name: string }>(rootsSql, [names])).map(({ name }) => name));
    for (const column of wanted)
      if (roots.has(column.table) && !there.has(columnKey(column)))
        await target.execute(addAsText(column.table, column.name));
  });
}

interface NamedColumn {
  /** As it was asked for. */
  readonly table: string;
  readonly name: string;
}

function columnKey({ table, name }: NamedColumn): string {
  return JSON.stringify([table, name]);
}

function addAsText(table: string, column: string): string {
  return `alter table ${table} add column if not exists ${quoteIdentifier(column)} text`;
}

const columnsOfSql = `
select t.name as table, a.attname::text as name
from unnest($1::text[]) as t (name)
join pg_attribute a on a.attrelid = to_regclass(t.name) and a.attnum > 0 and not a.attisdropped`;

/** Those of partitions come with their parents'. */
const rootsSql = `
select t.name
from unnest($1::text[]) as t (name)
join pg_class c on c.oid = to_regclass(t.name)
where not c.relispartition`;

const columnsSql = `
select attname::text as name
from pg_attribute
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`;

/** Columns that the next rows of a lane bring and the target's table does not have. */
export async function missingColumns(
  target: Connection,
  { transaction }: Pick<ApplyFailure, 'transaction'>,
): Promise<readonly { readonly table: Relation; readonly columns: readonly string[] }[]> {
  const tables = new Map<string, ReplicatedTable>();
  for (const change of transaction.changes)
    for (const table of change.kind === 'truncate' ? change.tables : [change.table])
      tables.set(relationKey(table), table);
  const lacking = [];
  for (const table of tables.values()) {
    const there = await target.rows<{ name: string }>(columnsSql, [qualifiedNameInText(table)]);
    if (there.length === 0) continue;
    const names = new Set(there.map(({ name }) => name));
    const columns = table.columns.map(({ name }) => name).filter(name => !names.has(name));
    if (columns.length > 0) lacking.push({ table: { schema: table.schema, name: table.name }, columns });
  }
  return lacking;
}

const rootSql = `
select coalesce(pg_partition_root(to_regclass($1)), to_regclass($1))::text as name`;

async function rootOf(target: Connection, table: Relation): Promise<string> {
  return (await target.row<{ name: string }>(rootSql, [qualifiedNameInText(table)])).name;
}

/** Of any type: the rows are passed over, and the table is dropped. @returns whether there were some */
export async function addMissingColumns(
  target: Connection,
  failure: ApplyFailure,
  tables: readonly Relation[],
): Promise<boolean> {
  const leaving = new Set(tables.map(relationKey));
  const lacking = (await missingColumns(target, failure)).filter(({ table }) => leaving.has(relationKey(table)));
  for (const { table, columns } of lacking)
    for (const column of columns) await target.execute(addAsText(await rootOf(target, table), column));
  return lacking.length > 0;
}

const viewsSql = `
with recursive dependent as (
  select r.ev_class as oid, 1 as depth
  from pg_depend d
  join pg_rewrite r on r.oid = d.objid
  where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
    and d.refobjid = any (select to_regclass(t)::oid from unnest($1::text[]) t)
    and r.ev_class <> d.refobjid
  union
  select r.ev_class, dependent.depth + 1
  from dependent
  join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = dependent.oid
  join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.ev_class <> d.refobjid
)
select n.nspname as schema, c.relname as name, c.relkind = 'm' as materialized
from dependent
join pg_class c on c.oid = dependent.oid
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('v', 'm')
group by 1, 2, 3
order by max(dependent.depth) desc, 1, 2`;

const isViewSql = `
select c.oid is not null as there
from (select to_regclass($1) as oid) c`;

/** Views over tables that are dropped go with them where the source has them too, from where they come again. */
export async function dropViewsOver(
  context: StepContext,
  database: string,
  target: Connection,
  tables: readonly Relation[],
): Promise<void> {
  if (tables.length === 0) return;
  const views = await target.rows<Relation & { readonly materialized: boolean }>(viewsSql, [
    tables.map(qualifiedNameInText),
  ]);
  if (views.length === 0) return;
  const known = await context.withSource(database, async source => {
    const there = new Set<string>();
    for (const view of views)
      if ((await source.row<{ there: boolean }>(isViewSql, [qualifiedNameInText(view)])).there)
        there.add(relationKey(view));
    return there;
  });
  for (const view of views)
    if (known.has(relationKey(view)))
      await target.execute(`drop ${view.materialized ? 'materialized view' : 'view'} ${qualifiedName(view)}`);
}
