import type { Connection } from '../postgres/connection.js';
import { dialsAlike } from '../postgres/dial-conninfo.js';
import type { SubscriptionFacts } from './facts.js';

/** The connection that a subscription of this server should have now: a keyword string, with the password. */
export type Dials = (database: string, dialler: number) => string;

export interface DialledOptions {
  readonly migration: string;
  readonly versionNum: number;
  /** Superusers alone see a subscription's connection string. */
  readonly mayRead: boolean;
  readonly dials: Dials | undefined;
}

const dialledSql = `
select d.datname as database, s.subname as name, s.subconninfo as conninfo
from pg_subscription s
join pg_database d on d.oid = s.subdbid
where s.subname = any ($1)`;

/**
 * Tells of the migration's own subscriptions whether they dial what the spec says now: a password may have been
 * rotated, a server moved. The strings themselves, with their passwords, go no further than here.
 */
export async function withDialled(
  connection: Connection,
  subscriptions: readonly SubscriptionFacts[],
  { migration, versionNum, mayRead, dials }: DialledOptions,
): Promise<readonly SubscriptionFacts[]> {
  const ours = subscriptions.filter(({ name }) => name.startsWith(`pgm_${migration}_`));
  if (dials === undefined || !mayRead || ours.length === 0) return subscriptions;
  const rows = await connection.rows<{ database: string; name: string; conninfo: string }>(dialledSql, [
    ours.map(({ name }) => name),
  ]);
  return subscriptions.map(each => {
    const row = rows.find(({ database, name }) => database === each.database && name === each.name);
    if (row === undefined) return each;
    return {
      ...each,
      dials: dialsAlike(row.conninfo, dials(each.database, versionNum)) ? 'as-the-spec' : 'elsewhere',
    };
  });
}
