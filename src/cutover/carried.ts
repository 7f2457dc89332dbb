import { UserError } from '../errors.js';
import { tableFilter, type NamedTable } from '../inspect/selection.js';
import { foreignSchemas } from '../inspect/tables.js';
import type { Connection } from '../postgres/connection.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import type { Relation } from '../replication/statements.js';
import type { DatabaseSelection } from '../spec/spec.js';
import type { DatabaseSessions } from './sessions.js';

/** A table of the side that hands over, as the plan saw it. */
export interface KnownTable extends NamedTable {
  readonly oid: string;
}

/**
 * What the plan knew of the tables of the side that hands over, and which of those that are made since would be the
 * migration's.
 */
export interface PlannedTables {
  readonly known: readonly KnownTable[];
  readonly selection: DatabaseSelection['tables'];
  /** What the source's provider keeps for itself. */
  readonly providerSchemas: readonly string[];
}

/**
 * By oid: what the catalog has and the plan did not know, what it knew under another name or not at all, and what
 * should be replicated and is in no publication of a lane. Few rows, whatever the database holds: 25 ms for 5,000
 * tables [measured, 15], beside what else the write stop does.
 */
const handsOverSql = `
with known as (
  select * from unnest($1::oid[], $2::text[], $3::text[], $4::bool[]) k (oid, schema, name, carried)
), published as (
  select distinct r.prrelid as oid
  from pg_publication_rel r
  join pg_publication p on p.oid = r.prpubid
  where p.pubname = any ($5::text[])
), present as (
  select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind, c.relispartition
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p')
    and c.relpersistence <> 't'
    and n.nspname <> all ($6::text[])
    and n.nspname !~ '^pg_(toast|temp)'
)
select coalesce(c.schema, k.schema) as schema,
  coalesce(c.name, k.name) as name,
  k.schema as "knownSchema",
  k.name as "knownName",
  c.relkind as kind,
  coalesce(k.carried, false) as carried,
  (select json_build_object('schema', pn.nspname, 'name', pc.relname)
    from pg_inherits i
    join pg_class pc on pc.oid = i.inhparent
    join pg_namespace pn on pn.oid = pc.relnamespace
    where c.relispartition and i.inhrelid = c.oid) as "partitionOf"
from known k
full join present c on c.oid = k.oid
where (k.oid is null
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
      and d.deptype = 'e'))
  or (c.oid is null and k.carried)
  or (c.schema, c.name) <> (k.schema, k.name)
  or (k.carried
    and not exists (select from published p where p.oid = c.oid)
    and not (c.relispartition and exists (select from pg_partition_ancestors(c.oid) a (oid) join published p
      on p.oid = a.oid)))
order by 1, 2`;

/** Tables that the subscriptions of the lanes do not apply changes to, or whose rows they still copy. */
const takesOverSql = `
with followed as (
  select r.srrelid as oid
  from pg_subscription_rel r
  -- The view, since the oid in the catalog is not for everyone before 14.
  join (select distinct subid, subname from pg_stat_subscription) s on s.subid = r.srsubid
  where s.subname = any ($1::text[])
    and r.srsubstate = 'r'
)
select t.schema, t.name
from unnest($2::text[], $3::text[]) t (schema, name)
left join pg_namespace n on n.nspname = t.schema
left join pg_class c on c.relnamespace = n.oid and c.relname = t.name
where not exists (select from followed f where f.oid = c.oid)
  and not (coalesce(c.relispartition, false)
    and exists (select from pg_partition_ancestors(c.oid) a (oid) join followed f on f.oid = a.oid))
order by 1, 2`;

interface Unlike extends Relation {
  /** null: the plan did not know of it. */
  readonly knownSchema: string | null;
  readonly knownName: string | null;
  /** null: it is gone. */
  readonly kind: 'r' | 'p' | null;
  readonly carried: boolean;
  readonly partitionOf: Relation | null;
}

/**
 * The plan was made while DDL went on. Is every table that is handed over still the one that a lane carries, and does
 * every table in scope have a lane?
 * @param writes what is said of them: `writes go on where they were` after a write stop
 * @throws UserError naming those that are not carried
 */
export async function assertCarried(
  sessions: readonly DatabaseSessions[],
  roles: { readonly from: string; readonly to: string },
  writes: string,
): Promise<void> {
  const each = await Promise.all(
    sessions.map(async ({ database, lock, to }) => {
      if (database.lanes.length === 0) return [];
      const [here, there] = await Promise.all([
        // Of the sessions there this one has nothing to do.
        notHandedOver(lock, database),
        to.rows<Relation>(takesOverSql, [
          database.lanes,
          database.replicated.map(({ schema }) => schema),
          database.replicated.map(({ name }) => name),
        ]),
      ]);
      const told = new Set(here.map(({ table }) => relationKey(table)));
      return [
        ...here.map(({ table, why }) => `"${database.name}": ${shownName(table)} ${why} on the ${roles.from}`),
        ...there
          .filter(table => !told.has(relationKey(table)))
          .map(
            table =>
              `"${database.name}": ${shownName(table)} is in no subscription of a lane on ` +
              `the ${roles.to}, or its rows are still being copied`,
          ),
      ];
    }),
  );
  const lost = each.flat();
  if (lost.length === 0) return;
  throw new UserError(
    'no lane carries every table any ' +
      `more: ${lost.slice(0, 5).join('; ')}${lost.length > 5 ? `; and ${lost.length - 5} more` : ''}`,
    {
      kind: 'stopped',
      code: 'PGM636',
      hint: `${writes}; \`pgm plan\` shows what changed, \`pgm apply\` copies it and tries again`,
    },
  );
}

async function notHandedOver(
  session: Connection,
  { replicated, lanes, planned }: DatabaseSessions['database'],
): Promise<readonly { readonly table: Relation; readonly why: string }[]> {
  const carried = new Set(replicated.map(relationKey));
  const { known } = planned;
  const rows = await session.rows<Unlike>(handsOverSql, [
    known.map(({ oid }) => oid),
    known.map(({ schema }) => schema),
    known.map(({ name }) => name),
    known.map(table => carried.has(relationKey(table))),
    lanes,
    [...foreignSchemas],
  ]);
  const filter = tableFilter(planned.selection, [...rows, ...known], new Set(), planned.providerSchemas);
  return rows.flatMap(row => {
    const table = { schema: row.schema, name: row.name };
    const why = whyNot(row, filter.wants(row));
    return why === null ? [] : [{ table, why }];
  });
}

function whyNot({ knownSchema, knownName, kind, carried, name, schema }: Unlike, isWanted: boolean): string | null {
  if (kind === null) return 'was dropped since the plan';
  const isRenamed = knownName !== null && (knownName !== name || knownSchema !== schema);
  if (isRenamed && (carried || isWanted))
    return `was ${shownName({ schema: knownSchema ?? '', name: knownName })} when the plan was made`;
  if (carried) return 'is in no publication of a lane';
  return kind === 'r' && isWanted ? 'was made since the plan' : null;
}
