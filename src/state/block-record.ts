import type { BlockRecord, ConnectGrant } from './lockfile.js';
import { isName, isRecord } from './outside.js';

export type { BlockRecord, ConnectGrant } from './lockfile.js';

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

/**
 * What a switch's record says was blocked; null for anything else. A record without a block has null or nothing there.
 */
export function parseBlock(value: unknown): readonly BlockRecord[] | null {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) && value.every(isBlockRecord) ? value : null;
}
