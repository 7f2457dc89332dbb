import type { RoleFacts } from '../inspect/facts.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';

/**
 * CREATE ROLE with its attributes.
 * @param asSuperuser false leaves out the attributes that only a superuser may give
 * @param hash the stored password hash (SCRAM or md5), taken as it is by PostgreSQL
 */
export function createRole(role: RoleFacts, asSuperuser: boolean, hash: string | undefined): string {
  const flag = (on: boolean, word: string): string => (on ? word : `no${word}`);
  const attributes = [
    flag(role.canLogin, 'login'),
    flag(role.inherit, 'inherit'),
    flag(role.createdb, 'createdb'),
    flag(role.createrole, 'createrole'),
    ...(asSuperuser
      ? [flag(role.superuser, 'superuser'), flag(role.replication, 'replication'), flag(role.bypassrls, 'bypassrls')]
      : []),
    ...(role.connectionLimit === -1 ? [] : [`connection limit ${role.connectionLimit}`]),
    ...(role.validUntil === null ? [] : [`valid until ${quoteLiteral(role.validUntil)}`]),
    ...(hash === undefined ? [] : [`password ${quoteLiteral(hash)}`]),
  ];
  return `create role ${quoteIdentifier(role.name)} with ${attributes.join(' ')}`;
}

/** The same for people: the hash is not shown, and not yet read. */
export function shownRole(role: RoleFacts, asSuperuser: boolean, passwords: boolean): readonly string[] {
  return [createRole(role, asSuperuser, passwords && role.canLogin ? '(sensitive)' : undefined), ...roleSettings(role)];
}

export function roleSettings(role: RoleFacts): readonly string[] {
  return [
    ...role.settings.map(setting => `alter role ${quoteIdentifier(role.name)} set ${settingAssignment(setting)}`),
    ...(role.comment === null
      ? []
      : [`comment on role ${quoteIdentifier(role.name)} is ${quoteLiteral(role.comment)}`]),
  ];
}

/** Settings whose stored value is a list of names already quoted (GUC_LIST_QUOTE): quoting it again would make one name of it. */
const listSettings: ReadonlySet<string> = new Set([
  'search_path',
  'temp_tablespaces',
  'session_preload_libraries',
  'shared_preload_libraries',
  'local_preload_libraries',
  'unix_socket_directories',
]);

/** `name=value` of pg_db_role_setting as the assignment of ALTER … SET. */
export function settingAssignment(setting: string): string {
  const equals = setting.indexOf('=');
  const name = setting.slice(0, equals);
  const value = setting.slice(equals + 1);
  const quotedName = name.split('.').map(quoteIdentifier).join('.');
  const isList = listSettings.has(name.toLowerCase());
  return `${quotedName} to ${isList && value !== '' ? listItems(value).map(quoteLiteral).join(', ') : quoteLiteral(value)}`;
}

/** Names of a list as PostgreSQL writes them: `"$user", public` */
function listItems(list: string): readonly string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|([^,\s][^,]*)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );
}
