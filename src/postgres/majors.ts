/**
 * What is known of each major version, in one place, with its source: when the next one comes, this page is read first.
 * Versions are `server_version_num`, as 180006.
 */

/** Oldest and newest major that migrations were carried out with (docs/matrix.md). */
export const oldestMajor = 12;
export const newestMajor = 19;

/** @example majorOf(180006) === 18 */
export function majorOf(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}

/**
 * Majors that get no more releases, with the day of the last one
 * (https://www.postgresql.org/support/versioning/).
 */
export const lastReleases: Readonly<Record<number, string>> = {
  12: '2024-11-21',
  13: '2025-11-13',
  14: '2026-11-12',
};

/**
 * wal_level that a server must have been started with so that logical slots can be made. From 19 on `replica` is
 * enough: logical decoding is switched on while it runs, with the first logical slot, and off after the last; what
 * holds is in `effective_wal_level` [19rc1, measured].
 */
export function neededWalLevel(versionNum: number): 'replica' | 'logical' {
  return versionNum >= 190000 ? 'replica' : 'logical';
}

/** Whether a server of that version with that wal_level decodes, or will from its first logical slot on. */
export function decodes(level: string, versionNum: number): boolean {
  return level === 'logical' || level === neededWalLevel(versionNum);
}

/**
 * SQL, true for a row of pg_publication_rel that names a table which its publication leaves out: FOR ALL TABLES EXCEPT
 * [catalog of 19, prexcept]. Older servers have no such column, so the row is asked.
 */
export const isPublicationException = (row: string): string =>
  `coalesce((to_jsonb(${row}) ->> 'prexcept')::boolean, false)`;

/** From 19 on no name of a database, role or tablespace has a line feed or carriage return [release notes of 19]. */
export const refusesLineBreaks = (versionNum: number): boolean => versionNum >= 190000;

/**
 * Settings that a session, and so a database, role or function, could have, and the first major without them [postgres
 * --describe-config of 12 to 19, compared]. force_parallel_mode has a new name since 16, and the old one still works.
 */
const settingsGone: ReadonlyMap<string, number> = new Map([
  ['operator_precedence_warning', 14],
  ['vacuum_cleanup_index_scale_factor', 14],
  ['escape_string_warning', 19],
]);

/** @param setting `name=value`, as PostgreSQL keeps it */
export function refusesSetting(versionNum: number, setting: string): boolean {
  const [name = '', ...value] = setting.toLowerCase().split('=');
  const gone = settingsGone.get(name);
  if (gone !== undefined) return majorOf(versionNum) >= gone;
  // "Force standard_conforming_strings to always be on" [release notes of 19].
  return (
    name === 'standard_conforming_strings' && versionNum >= 190000 && /^(off?|f(alse?)?|no?|0)$/.test(value.join('='))
  );
}

/** SQL: pg_read_all_data, which came with 14, reads large objects too [release notes of 19]. */
export const readsAllLargeObjects = `
        (current_setting('server_version_num')::int >= 190000
          and coalesce((select pg_has_role(d.oid, 'usage') from pg_roles d where d.rolname = 'pg_read_all_data'), false))`;

/**
 * Words that name things freely before a major, and from it on only in quotes, somewhere: as columns (system_user), as
 * functions' arguments (json) [pg_get_keywords() of 12 to 18, compared].
 */
const quotedSince: readonly (readonly [major: number, words: readonly string[]])[] = [
  [13, ['normalize']],
  [16, ['json_array', 'json_arrayagg', 'json_object', 'json_objectagg', 'system_user']],
  [
    17,
    ['json', 'json_exists', 'json_query', 'json_scalar', 'json_serialize', 'json_table', 'json_value', 'merge_action'],
  ],
];

/** Words that only the newer of two servers quotes. */
export function quotedByOne(...versions: readonly number[]): readonly string[] {
  const majors = versions.map(majorOf);
  return quotedSince.flatMap(([major, words]) =>
    majors.some(each => each < major) && majors.some(each => each >= major) ? words : [],
  );
}
