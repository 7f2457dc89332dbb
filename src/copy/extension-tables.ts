import { shownName } from '../postgres/relation-key.js';
import type { Connection } from '../postgres/connection.js';
import { qualifiedName, qualifiedNameInText, quoteIdentifier } from '../postgres/identifiers.js';
import { relationKey } from '../postgres/relation-key.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { forwardCopy } from './forward.js';
import { attempt } from './refusals.js';

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
cross join unnest(e.extconfig, e.extcondition) with ordinality as t (oid, condition, at)
join pg_class c on c.oid = t.oid and c.relkind = 'r'
join pg_namespace n on n.oid = c.relnamespace
order by e.extname, t.at`;

/**
 * Rows of these tables on the target are pgm's to replace: it found none of the user's there when it brought them
 * first.
 */
const broughtSql = `
select entry
from pgm.entry
where entry like 'extension-table %'`;

const entryOf = (table: ConfigurationTable): string => `extension-table ${relationKey(table)}`;

/**
 * Brings the user's rows of extensions' configuration tables, as pg_dump does. Gives the tables, `schema.name`, that
 * have such rows on the target already and were left as they are.
 * @param source in the snapshot's transaction
 */
export async function copyExtensionTables(
  source: Connection,
  target: Connection,
  migration: string,
): Promise<readonly string[]> {
  const left: string[] = [];
  const brought = await readBrought(target);
  for (const table of await source.rows<ConfigurationTable>(tablesSql)) {
    if (brought.has(entryOf(table)) || !(await isThere(target, table))) continue;
    const { present } = await target.row<{ present: boolean }>(`select exists (select ${rowsOf(table)}) as present`);
    if (present) {
      left.push(shownName(table));
      continue;
    }
    await target.transaction(async () => {
      await forwardRows(source, target, table);
      await target.rows('insert into pgm.entry (migration, entry) values ($1, $2) on conflict do nothing', [
        migration,
        entryOf(table),
      ]);
    });
  }
  return left;
}

/**
 * Brings those rows again where they have changed, since no lane carries them: an extension's tables are members of it,
 * and their rows often its own. Only tables that pgm brought, in either direction. Gives how many were written.
 * @param lock the session that holds the write stop's locks on `from`, if there is one: nobody writes to them until it ends
 */
export async function bringExtensionTables(from: Connection, to: Connection, lock: Connection | null): Promise<number> {
  const brought = new Set([...(await readBrought(from)), ...(await readBrought(to))]);
  if (brought.size === 0) return 0;
  const tables: ConfigurationTable[] = [];
  for (const table of await from.rows<ConfigurationTable>(tablesSql))
    if (brought.has(entryOf(table)) && (await isThere(to, table))) tables.push(table);
  if (lock !== null && tables.length > 0) await lockTables(lock, tables);
  const changed: ConfigurationTable[] = [];
  for (const table of tables) {
    const [ours, theirs] = await Promise.all([digestOf(from, table), digestOf(to, table)]);
    if (ours !== theirs) changed.push(table);
  }
  if (changed.length === 0) return 0;
  await to.transaction(async () => {
    // Where the role may: triggers of the extension have acted on the other side already.
    await attempt(to, 'set local session_replication_role = replica', new Set([sqlstate.insufficientPrivilege]));
    // The extension's own order has what is referred to first.
    for (const table of changed.toReversed())
      await to.execute(`delete from only ${qualifiedName(table)} ${table.condition}`);
    for (const table of changed) await forwardRows(from, to, table);
  });
  return changed.length;
}

async function readBrought(connection: Connection): Promise<ReadonlySet<string>> {
  const { known } = await connection.row<{ known: boolean }>("select to_regclass('pgm.entry') is not null as known");
  return new Set(known ? (await connection.rows<{ entry: string }>(broughtSql)).map(({ entry }) => entry) : []);
}

/** Another version of the extension may lack the table. */
async function isThere(connection: Connection, table: ConfigurationTable): Promise<boolean> {
  const { there } = await connection.row<{ there: boolean }>('select to_regclass($1) is not null as there', [
    qualifiedNameInText(table),
  ]);
  return there;
}

/** Outside a transaction, where writes are stopped by other means than locks, there is nothing to hold them in. */
async function lockTables(lock: Connection, tables: readonly ConfigurationTable[]): Promise<void> {
  const { locks } = await lock.row<{ locks: boolean }>(
    'select exists (select from pg_locks where pid = pg_backend_pid() and ' +
      "locktype = 'relation' and mode = 'ExclusiveLock') as locks",
  );
  if (!locks) return;
  const list = tables.map(table => `only ${qualifiedName(table)}`).join(', ');
  await attempt(lock, `lock table ${list} in exclusive mode`, new Set([sqlstate.insufficientPrivilege]));
}

async function digestOf(connection: Connection, table: ConfigurationTable): Promise<string> {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  const { digest } = await connection.row<{ digest: string }>(
    `select concat(count(*), ' ', sum(hashtextextended(row(${columns})::text, 0)::numeric)) as digest ${rowsOf(table)}`,
  );
  return digest;
}

function rowsOf(table: ConfigurationTable): string {
  return `from only ${qualifiedName(table)} ${table.condition}`;
}

async function forwardRows(source: Connection, target: Connection, table: ConfigurationTable): Promise<void> {
  const columns = table.columns.map(quoteIdentifier).join(', ');
  await forwardCopy(
    source,
    target,
    `copy (select ${columns} ${rowsOf(table)}) to stdout`,
    `copy ${qualifiedName(table)} (${columns}) from stdin`,
    () => undefined,
  );
}
