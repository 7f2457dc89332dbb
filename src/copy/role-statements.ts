import { privateStatement, type PrivateStatement } from '../postgres/private-statement.js';
import { isSecretSetting } from '../postgres/secret-setting.js';
import type { RoleFacts } from '../inspect/facts.js';
import { guardedAttributes, type GivableAttributes } from '../inspect/givable-attributes.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';

/**
 * CREATE ROLE with its attributes.
 * @param gives attributes that the migrating user may give; the others are left out
 * @param hash the stored password hash (SCRAM or md5), taken as it is by PostgreSQL
 */
export function createRole(role: RoleFacts, gives: GivableAttributes, hash: string | undefined): string {
  const attributes = [
    ...flags(role, gives),
    ...(role.connectionLimit === -1 ? [] : [`connection limit ${role.connectionLimit}`]),
    ...(role.validUntil === null ? [] : [`valid until ${quoteLiteral(role.validUntil)}`]),
    ...(hash === undefined ? [] : [`password ${quoteLiteral(hash)}`]),
  ];
  return `create role ${quoteIdentifier(role.name)} with ${attributes.join(' ')}`;
}

function flags(role: RoleFacts, gives: GivableAttributes): readonly string[] {
  const flag = (on: boolean, word: string): string => (on ? word : `no${word}`);
  return [
    flag(role.canLogin, 'login'),
    flag(role.inherit, 'inherit'),
    flag(role.createrole, 'createrole'),
    ...guardedAttributes.filter(each => gives.includes(each)).map(each => flag(role[each], each)),
  ];
}

/** Gives a role that is there the attributes of the other server's. */
export function alterAttributes(role: RoleFacts, there: RoleFacts, gives: GivableAttributes): string {
  const until = (each: RoleFacts): string => each.validUntil ?? 'infinity';
  const limits = [
    `connection limit ${role.connectionLimit}`,
    ...(until(role) === until(there) ? [] : [`valid until ${quoteLiteral(until(role))}`]),
  ];
  return `alter role ${quoteIdentifier(role.name)} with ${[...flags(role, gives), ...limits].join(' ')}`;
}

/** The same for people: the hash is not shown, and not yet read. */
export function shownRole(role: RoleFacts, gives: GivableAttributes, passwords: boolean): readonly string[] {
  return [
    createRole(role, gives, passwords && role.canLogin ? '(sensitive)' : undefined),
    ...roleSettings(role).map(({ statement }) => statement),
  ];
}

/** A statement, and the `name=value` that it sets; null: it sets none. */
export interface PropertyStatement {
  readonly setting: string | null;
  /** As it is shown, and sent where `hidden` is not there. */
  readonly statement: string;
  /** What is sent in its place: the value is a secret. */
  readonly hidden?: PrivateStatement;
}

/** @param altered what has the setting: `alter role x` */
export function setStatement(altered: string, setting: string): PropertyStatement {
  if (!isSecretSetting(setting)) return { setting, statement: `${altered} set ${settingAssignment(setting)}` };
  const equals = setting.indexOf('=');
  const hidden = privateStatement(
    [setting.slice(equals + 1)],
    ([value = '']) => `${altered} set ${settingAssignment(`${setting.slice(0, equals)}=${value}`)}`,
  );
  return { setting, statement: hidden.shown, hidden };
}

export function roleSettings(role: RoleFacts): readonly PropertyStatement[] {
  return [
    ...role.settings.map(setting => setStatement(`alter role ${quoteIdentifier(role.name)}`, setting)),
    ...(role.comment === null
      ? []
      : [
          {
            setting: null,
            statement: `comment on role ${quoteIdentifier(role.name)} is ${quoteLiteral(role.comment)}`,
          },
        ]),
  ];
}

/**
 * Settings whose stored value is a list of names already quoted (GUC_LIST_QUOTE): quoting it again would make one name
 * of it.
 */
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
  return (
    `${quotedName} ` +
    `to ${isList && value !== '' ? listItems(value).map(quoteLiteral).join(', ') : quoteLiteral(value)}`
  );
}

/** Names of a list as PostgreSQL writes them: `"$user", public` */
export function listItems(list: string): readonly string[] {
  return [...list.matchAll(/"((?:[^"]|"")*)"|([^,\s][^,]*)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '').trim() : quoted.replaceAll('""', '"'),
  );
}
