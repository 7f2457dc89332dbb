import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';

/** What the block of one database replaced: plain JSON for the lockfile. */
export interface BlockRecord {
  readonly database: string;
  /** `default_transaction_read_only` of the database; null: was not set. */
  readonly readOnly: string | null;
  /** Roles that had CONNECT; empty string: PUBLIC. */
  readonly connect: readonly string[];
}

const settingSql = `
select split_part(setting, '=', 2) as value
from pg_db_role_setting s
cross join unnest(s.setconfig) as setting
where s.setrole = 0
  and s.setdatabase = (select oid from pg_database where datname = $1)
  and split_part(setting, '=', 1) = 'default_transaction_read_only'`;

const connectSql = `
select coalesce(r.rolname, '')::text as role
from pg_database d
cross join aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) acl
left join pg_roles r on r.oid = acl.grantee
where d.datname = $1
  and acl.privilege_type = 'CONNECT'
  and (r.rolname is null or r.rolname <> current_user)`;

/** Reads what {@link blockDatabase} will replace. A database that pgm blocked before gives what it is now. */
export async function readBlock(connection: Connection, database: string): Promise<BlockRecord> {
  const [setting] = await connection.rows<{ value: string }>(settingSql, [database]);
  const connect = await connection.rows<{ role: string }>(connectSql, [database]);
  return { database, readOnly: setting?.value ?? null, connect: connect.map(row => row.role) };
}

/**
 * Shuts a database to applications until {@link unblockDatabase}: read-only by default and no right to connect.
 * In one transaction, so that a crash leaves it open or shut. Superusers can still connect, and write if they insist.
 */
export async function blockDatabase(connection: Connection, record: BlockRecord): Promise<void> {
  const name = quoteIdentifier(record.database);
  const revokes = record.connect.map(role => `revoke connect on database ${name} from ${role === '' ? 'public' : quoteIdentifier(role)};`);
  // pgm itself must get in again.
  const own = record.connect.length === 0 ? '' : `grant connect on database ${name} to current_user;`;
  await connection.execute(`begin; alter database ${name} set default_transaction_read_only = on; ${own} ${revokes.join(' ')} commit`).catch(async (error: unknown) => {
    await connection.execute('rollback');
    throw error;
  });
}

export async function unblockDatabase(connection: Connection, record: BlockRecord): Promise<void> {
  const name = quoteIdentifier(record.database);
  const setting = record.readOnly === null ? `alter database ${name} reset default_transaction_read_only;` : `alter database ${name} set default_transaction_read_only = ${quoteLiteral(record.readOnly)};`;
  const grants = record.connect.map(role => `grant connect on database ${name} to ${role === '' ? 'public' : quoteIdentifier(role)};`);
  await connection.execute(`begin; ${setting} ${grants.join(' ')} commit`).catch(async (error: unknown) => {
    await connection.execute('rollback');
    throw error;
  });
}

const terminateSql = `
select count(pg_terminate_backend(pid))::int as ended
from pg_stat_activity
where datname = $1
  and pid <> pg_backend_pid()
  and backend_type = 'client backend'
  and application_name not like 'pgm: %'`;

/** Ends the applications' sessions in a database. Gives how many; null where the role may not. */
export async function endApplications(connection: Connection, database: string): Promise<number | null> {
  try {
    return (await connection.row<{ ended: number }>(terminateSql, [database])).ended;
  } catch (error) {
    if (errorCode(error) === sqlstate.insufficientPrivilege) return null;
    throw error;
  }
}
