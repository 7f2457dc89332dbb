import { isName, isRecord } from './outside.js';

/** One grant of CONNECT as the database's ACL holds it. Names; an empty grantee is PUBLIC. */
export interface ConnectGrant {
  readonly grantee: string;
  /** null: the database's owner, or a superuser in their place. */
  readonly grantor: string | null;
  readonly grantable: boolean;
}

/** What the block of one database replaced: plain JSON for the lockfile. */
export interface BlockRecord {
  readonly database: string;
  /** `default_transaction_read_only` of the database; null: was not set. */
  readonly readOnly: string | null;
  /** Roles that had CONNECT; empty string: PUBLIC. */
  readonly connect: readonly string[];
  /** The same grants with grantor and grant option, in the ACL's order; left out by earlier versions. */
  readonly grants?: readonly ConnectGrant[];
  /** This role keeps CONNECT, since pgm is it, and loses the grant option. */
  readonly keeps?: string;
  /** CONNECT was given to this role so that pgm can get in; taken away again with the block. */
  readonly granted?: string;
}

const switches: ReadonlySet<unknown> = new Set([null, 'on', 'off', 'true', 'false', 'yes', 'no', '1', '0']);

/** A record as pgm writes it: it becomes GRANT and ALTER DATABASE, so that nothing else may be in it. */
export function isBlockRecord(value: unknown): value is BlockRecord {
  if (!isRecord(value)) return false;
  const { database, readOnly, connect, grants, keeps, granted } = value;
  return (
    isName(database) &&
    switches.has(readOnly) &&
    Array.isArray(connect) &&
    connect.every(role => role === '' || isName(role)) &&
    (grants === undefined || (Array.isArray(grants) && grants.every(isConnectGrant))) &&
    (keeps === undefined || isName(keeps)) &&
    (granted === undefined || isName(granted))
  );
}

function isConnectGrant(value: unknown): value is ConnectGrant {
  if (!isRecord(value)) return false;
  const { grantee, grantor, grantable } = value;
  return (grantee === '' || isName(grantee)) && (grantor === null || isName(grantor)) && typeof grantable === 'boolean';
}

/** What a cutover's record says was blocked; a record without a block has null or nothing there. */
export function isBlock(value: unknown): boolean {
  return value === null || value === undefined || (Array.isArray(value) && value.every(isBlockRecord));
}
