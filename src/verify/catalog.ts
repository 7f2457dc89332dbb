import type { Connection } from '../postgres/connection.js';

export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/** A table as one server has it. */
export interface TableShape {
  /** A partitioned table is read with its partitions, any other `only` by itself. */
  readonly partitioned: boolean;
  /** Blocks of the heap when its parts can be read by ctid range, else null. */
  readonly blocks: number | null;
  readonly columns: readonly ColumnShape[];
  /** Columns of the best unique index over NOT NULL columns; null: there is none. */
  readonly key: KeyShape | null;
}

export interface ColumnShape {
  readonly name: string;
  /** format_type(), with the modifier. */
  readonly type: string;
  /** The type under all domains to cast a text to, without modifier. */
  readonly castType: string;
  /** Oid of the type under all domains; below 10,000 it is the same on every server. */
  readonly baseType: number;
  /** Modifier of the base type, -1: none. */
  readonly modifier: number;
  /**
   * A text becomes a value of it by PostgreSQL's own code or a function in C: no checks of a domain, no cast of a
   * user's.
   */
  readonly plainInput: boolean;
}

export interface KeyShape {
  readonly columns: readonly string[];
  /** Equality of every column is an operator of pg_catalog, found without a search path. */
  readonly plainEquality: boolean;
}

interface ShapeRow {
  readonly number: number;
  readonly partitioned: boolean;
  readonly blocks: number | null;
  readonly columns: ColumnShape[] | null;
  readonly key: KeyShape | null;
}

/** @returns in the order of `tables`; undefined: this server has no such table */
export async function tableShapes(
  connection: Connection,
  tables: readonly TableName[],
): Promise<(TableShape | undefined)[]> {
  const rows = await connection.rows<ShapeRow>(shapes, [
    tables.map(table => table.schema),
    tables.map(table => table.name),
  ]);
  const byNumber = new Map(rows.map(row => [row.number, row]));
  return tables.map((_, index) => {
    const row = byNumber.get(index + 1);
    return row === undefined
      ? undefined
      : { partitioned: row.partitioned, blocks: row.blocks, columns: row.columns ?? [], key: row.key };
  });
}

const shapes = `
  with recursive domain as (
    select type.oid, type.typbasetype as base, type.typtypmod as modifier
    from pg_type as type
    where type.typtype = 'd'
    union all
    select domain.oid, type.typbasetype, type.typtypmod
    from domain
    join pg_type as type on type.oid = domain.base
    where type.typtype = 'd'
  ),
  base as (
    select domain.oid, domain.base, domain.modifier
    from domain
    join pg_type as type on type.oid = domain.base
    where type.typtype <> 'd'
  )
  select
    wanted.number::int,
    class.relkind = 'p' as partitioned,
    -- Ranges of ctids are read without the rest of the table since 14.
    case when am.amname = 'heap' and current_setting('server_version_num')::int >= 140000
      then (pg_relation_size(class.oid) / current_setting('block_size')::int)::float8 end as blocks,
    (
      select json_agg(json_build_object(
        'name', attribute.attname,
        'type', format_type(attribute.atttypid, attribute.atttypmod),
        'castType', format_type(coalesce(base.base, attribute.atttypid), -1),
        'baseType', coalesce(base.base, attribute.atttypid)::int8,
        'modifier', case when base.oid is null then attribute.atttypmod else base.modifier end,
        'plainInput', coalesce(base.base, attribute.atttypid) < 16384 or exists (
          select from pg_type as type
          where type.oid = coalesce(base.base, attribute.atttypid) and type.typtype = 'b' and type.typelem = 0
        ) and not exists (
          select from pg_cast as conversion
          join pg_proc as function on function.oid = conversion.castfunc
          join pg_language as language on language.oid = function.prolang
          where conversion.castsource = 'pg_catalog.text'::regtype
            and conversion.casttarget = coalesce(base.base, attribute.atttypid)
            and language.lanname not in ('c', 'internal')
        )
      ) order by attribute.attnum)
      from pg_attribute as attribute
      left join base on base.oid = attribute.atttypid
      where attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
    ) as columns,
    (
      select json_build_object(
        'columns', (
          select json_agg(attribute.attname order by part.position)
          from unnest(index.indkey::int2[]) with ordinality as part(attnum, position)
          join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum = part.attnum
          where part.position <= index.indnkeyatts
        ),
        'plainEquality', (
          select bool_and(exists (
            select from pg_amop as amop
            join pg_operator as operator on operator.oid = amop.amopopr
            where amop.amopfamily = opclass.opcfamily and amop.amopstrategy = 3
              and amop.amoplefttype = opclass.opcintype and amop.amoprighttype = opclass.opcintype
              and operator.oprname = '=' and operator.oprnamespace = 'pg_catalog'::regnamespace
          ))
          from unnest(index.indclass::oid[]) as part(opclass)
          join pg_opclass as opclass on opclass.oid = part.opclass
        )
      )
      from pg_index as index
      where index.indrelid = class.oid and index.indisunique and index.indisvalid
        and index.indpred is null and index.indexprs is null
        and not exists (
          select from unnest(index.indkey::int2[]) with ordinality as part(attnum, position)
          join pg_attribute as attribute on attribute.attrelid = class.oid and attribute.attnum = part.attnum
          where part.position <= index.indnkeyatts and not attribute.attnotnull
        )
      order by index.indisprimary desc, index.indisreplident desc, index.indnkeyatts, index.indexrelid
      limit 1
    ) as key
  from unnest($1::text[], $2::text[]) with ordinality as wanted(schema, name, number)
  join pg_namespace as namespace on namespace.nspname = wanted.schema
  join pg_class as class on class.relnamespace = namespace.oid and class.relname = wanted.name
    and class.relkind in ('r', 'p')
  left join pg_am as am on am.oid = class.relam`;
