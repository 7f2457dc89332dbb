import type { Connection } from '../../postgres/connection.js';
import type { BetweenMajors } from './between-majors.js';
import { definitionKinds, onlyWarns, type DefinitionKind } from './definition.js';
import { fingerprintsSql } from './queries.js';

/** What is not compared. */
export interface Scope {
  readonly schemas: readonly string[];
  readonly relations: readonly string[];
  readonly roles: readonly string[];
}

/** All definitions of one side at one moment, a fingerprint a kind, and what they were asked for with. */
export interface Fingerprint {
  readonly versionNum: number;
  readonly between: BetweenMajors;
  readonly scope: Scope;
  readonly kinds: Readonly<Partial<Record<DefinitionKind, string>>>;
}

export async function readFingerprint(
  connection: Connection,
  { versionNum, between, scope }: Omit<Fingerprint, 'kinds'>,
): Promise<Fingerprint> {
  const rows = await connection.rows<{ kind: DefinitionKind; hash: string }>(
    fingerprintsSql(definitionKinds, versionNum, between),
    [scope.schemas, scope.relations, scope.roles],
  );
  return { versionNum, between, scope, kinds: Object.fromEntries(rows.map(({ kind, hash }) => [kind, hash])) };
}

/** Kinds that are not as they were, without those that a switch does not wait for. */
export function changedKinds(before: Fingerprint, now: Fingerprint): readonly DefinitionKind[] {
  return definitionKinds.filter(kind => before.kinds[kind] !== now.kinds[kind] && !onlyWarns.has(kind));
}

const catalogs = [
  'pg_namespace',
  'pg_proc',
  'pg_type',
  'pg_enum',
  'pg_range',
  'pg_attrdef',
  'pg_constraint',
  'pg_index',
  'pg_inherits',
  'pg_rewrite',
  'pg_trigger',
  'pg_policy',
  'pg_sequence',
  'pg_statistic_ext',
  'pg_extension',
  'pg_operator',
  'pg_opclass',
  'pg_opfamily',
  'pg_cast',
  'pg_collation',
] as const;

const sumSql = (from: string): string =>
  `(select count(*) || ':' || coalesce(sum(xmin::text::bigint), 0) from ${from})`;

/**
 * Every DDL writes, changes or removes rows of these; statistics and freezing do so in place. It takes milliseconds
 * where the fingerprint takes tens of them, and tells only that something was done: a temporary table changes it as
 * well.
 */
const traceSql = `
select concat_ws(' ',
  ${[
    "pg_class where relpersistence <> 't' and relkind <> 't'",
    'pg_attribute where attnum > 0 and attrelid >= 16384',
    ...catalogs,
  ]
    .map(sumSql)
    .join(',\n  ')}) as trace`;

export async function readTrace(connection: Connection): Promise<string> {
  return (await connection.row<{ trace: string }>(traceSql)).trace;
}
