import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier, qualifiedName } from '../postgres/identifiers.js';
import type { ArchiveEntry } from './archive-script.js';

/** Indexes of one table, with what the archive says of each. */
export interface TableIndexes {
  readonly schema: string;
  readonly name: string;
  readonly indexes: readonly IndexToBuild[];
}

export interface IndexToBuild {
  readonly entry: ArchiveEntry;
  /** Bytes on the source. */
  readonly bytes: number;
  /**
   * How to build it as an index first, beside others, and make it the constraint afterwards; null where that cannot be.
   */
  readonly twoSteps: { readonly build: string; readonly attach: string } | null;
}

interface IndexRow {
  readonly index_oid: string;
  readonly constraint_oid: string | null;
  readonly constraint_type: string | null;
  readonly deferrability: string;
  readonly schema: string;
  readonly name: string;
  readonly index_name: string;
  readonly definition: string;
  /** PostgreSQL (to 18) makes no constraint over an index of a partitioned table. */
  readonly partitioned: boolean;
  readonly bytes: number;
}

const indexesSql = `
select i.indexrelid::text as index_oid,
       con.oid::text as constraint_oid,
       con.contype::text as constraint_type,
       case when con.condeferrable then ' deferrable' else '' end
         || case when con.condeferred then ' initially deferred' else '' end as deferrability,
       n.nspname as schema,
       t.relname as name,
       c.relname as index_name,
       pg_get_indexdef(i.indexrelid) as definition,
       t.relkind = 'p' as partitioned,
       pg_relation_size(i.indexrelid)::float8 as bytes
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = t.relnamespace
left join pg_constraint con on con.conindid = i.indexrelid and con.conrelid = i.indrelid
  and con.contype in ('p', 'u', 'x')
where t.relkind in ('r', 'p')
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'pgm')`;

/**
 * Which entries of the archive are indexes of which table: by object id, asked of the source in the dump's snapshot.
 */
export async function readTableIndexes(
  source: Connection,
  postData: readonly ArchiveEntry[],
): Promise<readonly TableIndexes[]> {
  const rows = await source.rows<IndexRow>(indexesSql);
  const byOid = new Map(
    rows.map(row => [row.constraint_oid === null ? `1259 ${row.index_oid}` : `2606 ${row.constraint_oid}`, row]),
  );
  const tables = new Map<RelationKey, { schema: string; name: string; indexes: IndexToBuild[] }>();
  for (const entry of postData) {
    const row =
      entry.type === 'INDEX' || entry.type === 'CONSTRAINT' ? byOid.get(`${entry.classOid} ${entry.oid}`) : undefined;
    if (row === undefined) continue;
    const key = relationKey(row);
    let table = tables.get(key);
    if (table === undefined) tables.set(key, (table = { schema: row.schema, name: row.name, indexes: [] }));
    table.indexes.push({ entry, bytes: row.bytes, twoSteps: twoSteps(row, entry) });
  }
  return [...tables.values()];
}

/** The definition alone would not say so. */
const inTablespace = /^SET default_tablespace = (?!'')/m;

/** pg_dump's statement, after the settings that may stand before it. */
const addKey = /^(?:SET [^;]*;\n+|\n)*ALTER TABLE ONLY [^;]*?\n? +ADD CONSTRAINT [^;]*;\n/;

/** ALTER TABLE … ADD PRIMARY KEY locks the table against its other index builds; CREATE UNIQUE INDEX does not. */
function twoSteps(row: IndexRow, entry: ArchiveEntry): IndexToBuild['twoSteps'] {
  const kind = row.constraint_type === 'p' ? 'primary key' : row.constraint_type === 'u' ? 'unique' : undefined;
  if (
    kind === undefined ||
    row.partitioned ||
    !/^CREATE UNIQUE INDEX .* USING btree /.test(row.definition) ||
    !addKey.test(entry.sql) ||
    inTablespace.test(entry.sql)
  )
    return null;
  const index = quoteIdentifier(row.index_name);
  const attach =
    `alter table only ${qualifiedName(row)} add constraint ${index} ${kind} using ` +
    `index ${index}${row.deferrability};\n`;
  return { build: `${row.definition};`, attach: entry.sql.replace(addKey, () => attach) };
}
