import type { SwitchDatabase } from '../cutover/side.js';
import { numberedColumnsSql, readColumnHistories } from '../inspect/definitions/column-history.js';
import { forgetColumnsHandedOver, noteColumnsHandedOver } from '../inspect/definitions/columns-handed-over.js';
import type { Connection } from '../postgres/connection.js';
import { relationKey } from '../postgres/relation-key.js';
import { forgetParts, insertParts, keepSourceOids, readParts, renameParts, setColumns } from '../state/copied-parts.js';
import type { StepContext } from './context.js';

/**
 * Before writes stop, while nobody but replication writes on the side that takes over: from then on its columns are
 * compared with what they were. A role that may not write it down leaves names for all that is known.
 */
export async function noteColumnsBeforeSwitch(
  context: StepContext,
  event: 'cutover' | 'failback',
  databases: readonly SwitchDatabase[],
): Promise<void> {
  const { name: migration } = context.spec;
  for (const { name, replicated } of databases) {
    try {
      await context.withTarget(name, async target => {
        if (event === 'cutover') await noteColumnsHandedOver(target, migration);
        else await context.withSource(name, source => noteWhatCameBack(source, target, { migration, replicated }));
      });
    } catch (error) {
      context.warn(
        `${name}: which columns its tables have by now could not be noted on the ` +
          `target: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

const tablesSql = `
select c.oid::text as oid, n.nspname::text as schema, c.relname::text as name
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.oid >= 16384`;

const columnsSql = `
select c.oid::text as oid, ${numberedColumnsSql('c')} as columns
from pg_class c
where c.oid = any ($1::oid[])`;

/** The record of the copy becomes that of the source's tables as they are: they followed the target's. */
async function noteWhatCameBack(
  source: Connection,
  target: Connection,
  { migration, replicated }: { readonly migration: string; readonly replicated: SwitchDatabase['replicated'] },
): Promise<void> {
  const tables = await source.rows<{ oid: string; schema: string; name: string }>(tablesSql);
  const byOid = new Map(tables.map(table => [table.oid, table]));
  const parts = (await readParts(target, migration)).filter(({ part }) => part === 0);
  const gone = parts.filter(({ sourceOid }) => sourceOid !== null && !byOid.has(sourceOid));
  const renamed = parts.flatMap(part => {
    const now = part.sourceOid === null ? undefined : byOid.get(part.sourceOid);
    return now === undefined || relationKey(now) === relationKey(part) ? [] : [{ oid: now.oid, to: now }];
  });
  const recorded = new Set(parts.map(({ sourceOid }) => sourceOid));
  const wanted = new Set(replicated.map(relationKey));
  const fresh = tables.filter(table => wanted.has(relationKey(table)) && !recorded.has(table.oid));
  const altered = (await readColumnHistories(source, target, migration)) ?? [];
  const numbered = await source.rows<{ oid: string; columns: unknown }>(columnsSql, [fresh.map(({ oid }) => oid)]);
  const columnsOf = new Map(numbered.map(({ oid, columns }) => [oid, columns]));
  await target.transaction(async () => {
    await keepSourceOids(target);
    await forgetParts(target, migration, gone);
    await renameParts(target, migration, renamed);
    await insertParts(
      target,
      migration,
      fresh.map(table => ({ ...table, columns: columnsOf.get(table.oid) })),
    );
    await setColumns(
      target,
      migration,
      altered.map(({ oid, now }) => ({ oid, columns: now })),
    );
    await forgetColumnsHandedOver(target, migration);
  });
}
