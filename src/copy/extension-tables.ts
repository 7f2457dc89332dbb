import { shownName } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import { qualifiedName, quoteIdentifier } from '../postgres/identifiers.js';
import { forwardCopy } from './forward.js';

/** A table that an extension made and whose rows, or some of them, are the user's (pg_extension_config_dump). */
interface ConfigurationTable {
  readonly schema: string;
  readonly name: string;
  /** `` or `WHERE …`: which rows are the user's; the others come with the extension. */
  readonly condition: string;
  readonly columns: readonly string[];
}

const tablesSql = `
select n.nspname as schema,
       c.relname as name,
       coalesce(t.condition, '') as condition,
       (
         select array_agg(a.attname::text order by a.attnum)
         from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       ) as columns
from pg_extension e
cross join unnest(e.extconfig, e.extcondition) as t(oid, condition)
join pg_class c on c.oid = t.oid and c.relkind = 'r'
join pg_namespace n on n.oid = c.relnamespace
order by e.extname, n.nspname, c.relname`;

/**
 * Brings the user's rows of extensions' configuration tables, as pg_dump does. Gives the tables, `schema.name`, that
 * have such rows on the target already and were left as they are.
 * @param source in the snapshot's transaction
 */
export async function copyExtensionTables(source: Connection, target: Connection): Promise<readonly string[]> {
  const left: string[] = [];
  for (const table of await source.rows<ConfigurationTable>(tablesSql)) {
    const rows = `from ${qualifiedName(table)} ${table.condition}`;
    const { wanted } = await source.row<{ wanted: boolean }>(`select exists (select ${rows}) as wanted`);
    if (!wanted) continue;
    const { present } = await target.row<{ present: boolean }>(`select exists (select ${rows}) as present`);
    if (present) {
      left.push(shownName(table));
      continue;
    }
    const columns = table.columns.map(quoteIdentifier).join(', ');
    await forwardCopy(
      source,
      target,
      `copy (select ${columns} ${rows}) to stdout`,
      `copy ${qualifiedName(table)} (${columns}) from stdin`,
      () => undefined,
    );
  }
  return left;
}
