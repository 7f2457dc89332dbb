import type { Connection } from '../postgres/connection.js';
import { relationKey } from '../postgres/relation-key.js';
import { pairsText, pairUp, parsePairs, type Pairs, type Shape } from './pairs.js';
import { rememberDetail } from './stage-details.js';

/** Schemas in which nothing is the user's are left out; so are temporary tables. */
const shapesSql = `
select c.oid::text as oid,
  n.nspname::text as schema,
  c.relname::text as name,
  case c.relkind when 'S' then 'sequence' else 'table' end as kind,
  case when c.relkind = 'S' then '[]' else coalesce(a.columns, '[]') end as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join (
  select attrelid, json_agg(json_build_object('number', attnum, 'name', attname)) as columns
  from pg_attribute
  where attnum > 0 and not attisdropped and attrelid >= 16384
  group by attrelid
) a on a.attrelid = c.oid
where c.relkind in ('r', 'p', 'S')
  and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema', 'pgm', 'aiven_extras')
  and n.nspname !~ '^pg_(toast|temp)'`;

/** All tables and sequences of a database: one query. */
export function readShapes(connection: Connection): Promise<readonly Shape[]> {
  return connection.rows<Shape>(shapesSql);
}

/** Of the same tables and sequences a number that any of their names changes, in a fraction of the time. */
const shapesDigestSql = `
select (
    select coalesce(sum(hashtext(concat_ws(' ', c.oid, n.nspname, c.relname))::bigint), 0)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'S') and c.relpersistence <> 't' and c.oid >= 16384
  )::text || '/' || (
    select coalesce(sum(hashtext(concat_ws(' ', a.attrelid, a.attnum, a.attname))::bigint), 0)
    from pg_attribute a
    where a.attnum > 0 and not a.attisdropped and a.attrelid >= 16384
  )::text as digest`;

export async function readShapesDigest(connection: Connection): Promise<string> {
  const { digest } = await connection.row<{ digest: string }>(shapesDigestSql);
  return digest;
}

/** The row of pgm.stage whose detail has them. */
export const pairsStage = 'pairs';

const readPairsSql = 'select detail from pgm.stage where migration = $1 and stage = $2';

/** Of the target's database; null: never noted. In a database with a record of the migration. */
export async function readPairs(target: Connection, migration: string): Promise<Pairs | null> {
  const [row] = await target.rows<{ detail: unknown }>(readPairsSql, [migration, pairsStage]);
  return row === undefined ? null : parsePairs(row.detail);
}

const lockPairsSql = "select pg_advisory_xact_lock(hashtext('pgm pairs'), hashtext($1))";

/**
 * Adds what is new on both sides to what the target's database remembers.
 * @param renewed tables that are copied again: what is under their names now is theirs
 */
export async function notePairs(
  source: Connection,
  target: Connection,
  migration: string,
  renewed: readonly { readonly schema: string; readonly name: string }[] = [],
): Promise<void> {
  const here = await readShapes(source);
  await target.transaction(async () => {
    // The lanes of a database are copied beside one another.
    await target.rows(lockPairsSql, [migration]);
    const now = { source: here, target: await readShapes(target) };
    const pairs = pairUp(await readPairs(target, migration), now, new Set(renewed.map(relationKey)));
    await rememberDetail(target, migration, pairsStage, pairsText(pairs));
  });
}
