import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import { connectToRead } from './session.js';
import { has } from '../postgres/since.js';

interface Relation {
  readonly schema: string;
  readonly name: string;
}

/**
 * Statistics of tables that can be taken over whole. The others are left to ANALYZE: never analyzed, or changed since
 * by as much as makes autovacuum analyze (its defaults); with statistics that 18 does not take (CREATE STATISTICS) or
 * that belong to an index (expressions); parents and parts of others; and those of which the role may not see every
 * column (pg_stats hides them, with row security all). A column with the statistics target 0 (which up to 16 is never
 * null) or without stored values has none. Statistics of ranges are in pg_stats from 17 on.
 */
const statisticsSql = (version: number): string => `
select n.nspname as schema, c.relname as name, c.reltuples as rows, s.columns
from unnest($1::text[], $2::text[]) wanted(schema, name)
join pg_namespace n on n.nspname = wanted.schema
join pg_class c on c.relnamespace = n.oid and c.relname = wanted.name
cross join lateral (
  select json_agg(json_build_object(
           'attname', attname, 'inherited', inherited, 'null_frac', null_frac, 'avg_width', avg_width, 'n_distinct',
             n_distinct,
           'most_common_vals', most_common_vals::text, 'most_common_freqs', most_common_freqs,
           'histogram_bounds', histogram_bounds::text, 'correlation', correlation,
           'most_common_elems', most_common_elems::text, 'most_common_elem_freqs', most_common_elem_freqs,
           'elem_count_histogram', elem_count_histogram${
             has(version, 'rangeStatistics')
               ? `,
           'range_length_histogram', range_length_histogram::text, 'range_empty_frac', range_empty_frac,
           'range_bounds_histogram', range_bounds_histogram::text`
               : ''
           })) as columns,
         count(*) as known
  from pg_stats
  where schemaname = n.nspname and tablename = c.relname
) s
left join pg_stat_all_tables activity on activity.relid = c.oid
where c.relkind = 'r' and c.reltuples > 0 and not c.relhassubclass and not c.relispartition
  and coalesce(activity.n_mod_since_analyze, 0) <= 50 + 0.1 * c.reltuples
  and not exists (select from pg_statistic_ext where stxrelid = c.oid)
  and not exists (select from pg_index where indrelid = c.oid and indexprs is not null)
  and s.known = (select count(*) from pg_attribute
                 where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated <> 'v'
                   and coalesce(attstattarget, -1) <> 0)`;

/**
 * A value that is null is left out by the server (18.4). It says false, with a warning, of what it did not take. Pages
 * are the target's own: the planner scales reltuples by the pages that are there (estimate_rel_size), so those of a
 * bloated source made it expect a fifth of the rows (18.4). What an index build counted here (reltuples, relallvisible)
 * stays; 18 does not count in tables with autovacuum off.
 */
const takeSql = `
with relation as (
  select r.schema, r.name, r.columns,
         pg_restore_relation_stats('schemaname', r.schema, 'relname', r.name, 'version', $2::int,
           'relpages', (pg_relation_size(c.oid) / current_setting('block_size')::int)::int,
           'reltuples', case when c.reltuples < 0 then r.rows end) as taken
  from json_to_recordset($1::json) r(schema text, name text, rows real, columns json)
  join pg_namespace n on n.nspname = r.schema
  join pg_class c on c.relnamespace = n.oid and c.relname = r.name
), attribute as (
  select r.schema, r.name,
         pg_restore_attribute_stats('schemaname', r.schema, 'relname', r.name, 'attname', c.attname, 'inherited',
           c.inherited, 'version', $2::int,
           'null_frac', c.null_frac, 'avg_width', c.avg_width, 'n_distinct', c.n_distinct,
           'most_common_vals', c.most_common_vals, 'most_common_freqs', c.most_common_freqs,
           'histogram_bounds', c.histogram_bounds, 'correlation', c.correlation,
           'most_common_elems', c.most_common_elems, 'most_common_elem_freqs', c.most_common_elem_freqs,
           'elem_count_histogram', c.elem_count_histogram, 'range_length_histogram', c.range_length_histogram,
           'range_empty_frac', c.range_empty_frac, 'range_bounds_histogram', c.range_bounds_histogram) as taken
  from relation r
  cross join lateral json_to_recordset(r.columns) c(
    attname text, inherited boolean, null_frac real, avg_width int, n_distinct real, most_common_vals text,
      most_common_freqs real[],
    histogram_bounds text, correlation real, most_common_elems text, most_common_elem_freqs real[],
      elem_count_histogram real[],
    range_length_histogram text, range_empty_frac real, range_bounds_histogram text)
)
select r.schema, r.name
from relation r
where r.taken and (select bool_and(a.taken) from attribute a where a.schema = r.schema and a.name = r.name)`;

/** Where statistics come from. */
export interface StatisticsSource {
  readonly conninfo: Conninfo;
  /** `server_version_num` */
  readonly version: number;
}

/**
 * Gives tables of the target the statistics that the source has of them; their rows and indexes are in.
 * @returns {@link relationKey} of those that have all of them now
 */
export async function importStatistics(
  source: StatisticsSource,
  target: Connection,
  database: string,
  purpose: string,
  tables: readonly Relation[],
): Promise<ReadonlySet<RelationKey>> {
  const names = [tables.map(({ schema }) => schema), tables.map(({ name }) => name)];
  const known = await knownBy(source, database, purpose, names);
  if (known.length === 0) return new Set();
  const taken = await target.rows<Relation>(takeSql, [JSON.stringify(known), source.version]);
  return new Set(taken.map(relationKey));
}

/** Bounds are texts: in a session that writes dates as its role or database likes, 2 January is read as 1 February. */
async function knownBy(
  source: StatisticsSource,
  database: string,
  purpose: string,
  names: readonly (readonly string[])[],
): Promise<readonly Relation[]> {
  const connection = await connectToRead(source.conninfo, { database, purpose });
  try {
    return await connection.rows<Relation>(statisticsSql(source.version), names);
  } finally {
    await connection.close();
  }
}
