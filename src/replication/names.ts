/**
 * A lane is one publication, one slot and one subscription over a set of tables. All three have the same name:
 * slots and (for aiven_extras) subscriptions are known in the whole cluster, so the database's oid is part of it.
 */
export function laneName(migration: string, databaseOid: string, lane: number): string {
  return `pgm_${migration}_${databaseOid}_${lane}`;
}

/** The lane that feeds the source from the target after cutover: one for all tables of a database. */
export function reverseLaneName(migration: string, databaseOid: string): string {
  return `pgm_${migration}_${databaseOid}_r`;
}

/** The lane's number, 0 for the reverse one; null for names that are not of this migration and database. */
export function laneNumber(name: string, migration: string, databaseOid: string): number | null {
  const prefix = `pgm_${migration}_${databaseOid}_`;
  if (!name.startsWith(prefix)) return null;
  const rest = name.slice(prefix.length);
  if (rest === 'r') return 0;
  return /^[1-9]\d*$/.test(rest) ? Number(rest) : null;
}

/**
 * No slot has this name. A subscription that is given it reads nothing, and yet can be told of tables: REFRESH is
 * refused only while it is disabled [12 to 19].
 */
export const joiningSlot = 'pgm_joining';

/**
 * The database (by its oid on the source) and number that a name of this migration speaks of, 0 for the reverse lane;
 * null: not such a name.
 */
export function laneOwner(
  name: string,
  migration: string,
): { readonly databaseOid: string; readonly lane: number } | null {
  const prefix = `pgm_${migration}_`;
  const [, databaseOid] = (name.startsWith(prefix) ? /^(\d+)_/.exec(name.slice(prefix.length)) : null) ?? [];
  const lane = databaseOid === undefined ? null : laneNumber(name, migration, databaseOid);
  return databaseOid === undefined || lane === null ? null : { databaseOid, lane };
}
