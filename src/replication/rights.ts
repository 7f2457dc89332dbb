import type { Connection } from '../postgres/connection.js';

/**
 * How a role may make and change publications and subscriptions: by SQL of its own, or through aiven_extras, whose
 * functions run as a superuser. Decided by what the role may really do, not by the extension's presence: since
 * aiven_extras 1.1.20 EXECUTE is revoked from PUBLIC.
 */
export type Way = 'plain' | 'aiven_extras';

/** A superuser, or from 16 on a member of pg_create_subscription with CREATE on the database. */
const subscriptionSql = `
select current_setting('is_superuser') = 'on'
         or (exists (select from pg_roles where rolname = 'pg_create_subscription')
             and exists (select from pg_roles g where g.rolname = 'pg_create_subscription' and pg_has_role(g.oid, 'usage'))
             and has_database_privilege(current_database(), 'create')) as plain,
       exists (
         select from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'aiven_extras' and p.proname = 'pg_create_subscription' and has_function_privilege(p.oid, 'execute')
       ) as extras`;

const publicationSql = `
select current_setting('is_superuser') = 'on' as plain,
       exists (
         select from pg_proc p
         join pg_namespace n on n.oid = p.pronamespace
         where n.nspname = 'aiven_extras' and p.proname = 'pg_create_publication' and has_function_privilege(p.oid, 'execute')
       ) as extras`;

interface RightsRow {
  readonly plain: boolean;
  readonly extras: boolean;
}

/** Plain SQL comes first; where neither is given it is tried, so that the server says what is missing. */
export async function subscriptionWay(connection: Connection): Promise<Way> {
  const { plain, extras } = await connection.row<RightsRow>(subscriptionSql);
  return !plain && extras ? 'aiven_extras' : 'plain';
}

/** Owners of all tables need no extension: then the plain way is taken, since it allows to change the publication later. */
export async function publicationWay(connection: Connection, tables: readonly { readonly schema: string; readonly name: string }[]): Promise<Way> {
  const { plain, extras } = await connection.row<RightsRow>(publicationSql);
  if (plain || !extras) return 'plain';
  const { owns } = await connection.row<{ owns: boolean }>(ownsSql, [tables.map(({ schema }) => schema), tables.map(({ name }) => name)]);
  return owns ? 'plain' : 'aiven_extras';
}

const ownsSql = `
select has_database_privilege(current_database(), 'create')
         and coalesce(bool_and(pg_has_role(c.relowner, 'usage')), true) as owns
from unnest($1::text[], $2::text[]) as t(schema, name)
join pg_namespace n on n.nspname = t.schema
join pg_class c on c.relnamespace = n.oid and c.relname = t.name`;

/** Whose subscription it is: one that aiven_extras made belongs to a superuser, and only its functions may change it. */
export async function waysOfSubscription(connection: Connection, name: string): Promise<Way> {
  const [row] = await connection.rows<{ own: boolean }>(ownSubscriptionSql, [name]);
  return row?.own === false ? 'aiven_extras' : 'plain';
}

const ownSubscriptionSql = `
select pg_has_role(subowner, 'usage') as own
from pg_subscription
where subname = $1 and subdbid = (select oid from pg_database where datname = current_database())`;
