import { missingRoles } from '../inspect/missing-roles.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { majorOf, refusesLineBreaks, refusesSetting } from '../postgres/majors.js';
import type { CheckInput, Check, Seen } from './check.js';

export const refusedByMajor: Check = {
  code: 'PGM318',
  slug: 'refused-by-version',
  title: 'Names and settings that the target’s version refuses',
  scope: 'any',
  why:
    'What one major version allowed, a later one may refuse: a name with a line break ends the migration ' +
    'where the database or role is made, and a setting that no longer exists stays behind.',
  decided:
    'Names of the databases that pgm makes and of the roles that come: from 19 on without line ' +
    'feed and carriage return. Their settings: operator_precedence_warning and ' +
    'vacuum_cleanup_index_scale_factor no longer exist from 14 on, escape_string_warning from 19 ' +
    'on, where standard_conforming_strings cannot be off either.',
  remedy: 'Rename the database or role on the source; reset the setting there.',
  run: input => [...names(input), ...settings(input)],
};

function names({ spec, source, target, facts }: CheckInput): Seen[] {
  if (source === null || target === null || !refusesLineBreaks(target.versionNum)) return [];
  const databases = facts.databases
    .filter(({ name }) => !target.databases.some(each => each.name === name))
    .map(({ name }) => ({ kind: 'database', name }));
  const roles = spec.roles === 'skip' ? [] : missingRoles(source, target).map(({ name }) => ({ kind: 'role', name }));
  return [...databases, ...roles]
    .filter(({ name }) => /[\r\n]/.test(name))
    .map(({ kind, name }): Seen => ({
      severity: 'error',
      server: 'target',
      ...(kind === 'database' ? { database: name } : {}),
      object: name,
      message: `the name of ${kind} ${name} has a line break, which PostgreSQL ${majorOf(target.versionNum)} refuses`,
      current: name,
      required: 'a name in one line',
      remedy:
        `alter ${kind} ${quoteIdentifier(name)} rename ` +
        `to ${quoteIdentifier(name.replaceAll(/[\r\n]+/g, ' '))};   -- on the source`,
    }));
}

function settings({ spec, source, target, facts }: CheckInput): Seen[] {
  if (source === null || target === null) return [];
  const inScope = new Set(facts.databases.map(({ name }) => name));
  const ofDatabases = source.databases
    .filter(({ name }) => inScope.has(name) && !target.databases.some(each => each.name === name))
    .flatMap(({ name, roleSettings }) =>
      roleSettings.map(({ role, setting }) => ({
        whose: role === null ? `database ${name}` : `role ${role} in database ${name}`,
        altered: `${role === null ? '' : `role ${quoteIdentifier(role)} in `}database ${quoteIdentifier(name)}`,
        setting,
        database: name,
      })),
    );
  const ofRoles =
    spec.roles === 'skip'
      ? []
      : missingRoles(source, target).flatMap(role =>
          role.settings.map(setting => ({
            whose: `role ${role.name}`,
            altered: `role ${quoteIdentifier(role.name)}`,
            setting,
            database: undefined,
          })),
        );
  return [...ofDatabases, ...ofRoles]
    .filter(({ setting }) => refusesSetting(target.versionNum, setting))
    .map(({ whose, altered, setting, database }): Seen => ({
      severity: 'warning',
      server: 'source',
      ...(database === undefined ? {} : { database }),
      object: whose,
      message: `${setting} of ${whose} stays behind: PostgreSQL ${majorOf(target.versionNum)} does not take it`,
      current: setting,
      required: null,
      remedy: `alter ${altered} reset ${quoteIdentifier(setting.slice(0, setting.indexOf('=')))};`,
    }));
}
