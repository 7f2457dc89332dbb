import { preloadedLibraries } from '../copy/preload-settings.js';
import { givableAttributes, lostAttributes } from '../inspect/givable-attributes.js';
import { missingRoles } from '../inspect/missing-roles.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isReadOnlySetting } from './read-only.js';

export const roleAttributes: Check = {
  code: 'PGM418',
  slug: 'role-attributes',
  title: 'Role attributes that the target cannot grant',
  scope: 'any',
  why:
    'SUPERUSER, REPLICATION, BYPASSRLS and CREATEDB cannot be granted by everyone: a role that has one on the ' +
    'source is made without it, and whoever uses it would find out after the cutover.',
  decided:
    'Roles that pgm makes on the target, by what the target role may give: all as a superuser; ' +
    'from 16 on what it has itself but SUPERUSER; before 16 only CREATEDB.',
  remedy:
    'Give them as a superuser of the target once pgm has made the roles, or where the provider has a role instead.',
  run: ({ spec, source, target }) => {
    if (source === null || target === null || spec.roles === 'skip') return [];
    const gives = givableAttributes(target.user, target.versionNum);
    return missingRoles(source, target).flatMap((role): Seen[] => {
      const lost = lostAttributes(role, gives);
      const words = lost.join(' ').toUpperCase();
      return lost.length === 0
        ? []
        : [
            {
              severity: 'warning',
              server: 'target',
              object: role.name,
              message:
                `role ${role.name} is made without ${words.replaceAll(' ', ', ')}: ${target.user.name} may not ` +
                'give that on the target',
              current: target.user.name,
              required: words,
              remedy:
                `alter role ${quoteIdentifier(role.name)} ${lost.join(' ')};   -- as a ` +
                'superuser of the target, once pgm has made it',
            },
          ];
    });
  },
};

export const shuttingSettings: Check = {
  code: 'PGM419',
  slug: 'shutting-settings',
  title: 'Settings that keep applications out',
  scope: 'any',
  why:
    'A library in session_preload_libraries that the target lacks refuses every ' +
    'connection; default_transaction_read_only lets them in and refuses every ' +
    'write. Both come with the database or the role.',
  decided:
    'session_preload_libraries, local_preload_libraries and default_transaction_read_only = on, of the ' +
    'databases in scope and of the roles that pgm makes. Whether the target can load a library is tried by ' +
    'LOAD just before it is set; where it cannot, the setting is left out with a warning.',
  remedy:
    'Install the library on the target before, or reset the setting on the source. default_transaction_read_only is ' +
    'reset on the target, once it is ready: on the source it may be what keeps writers away (PGM639 reminds of it).',
  run: input => [...ofDatabases(input), ...ofRoles(input)],
};

function ofDatabases({ facts, source }: CheckInput): Seen[] {
  const inScope = new Set(facts.databases.map(({ name }) => name));
  return (source?.databases ?? [])
    .filter(({ name }) => inScope.has(name))
    .flatMap(({ name, roleSettings }) =>
      roleSettings.flatMap(({ role, setting }) => {
        const whose = role === null ? `database ${name}` : `role ${role} in database ${name}`;
        const altered = `${role === null ? '' : `role ${quoteIdentifier(role)} in `}database ${quoteIdentifier(name)}`;
        return seen(setting, whose, altered, name);
      }),
    );
}

function ofRoles({ spec, source, target }: CheckInput): Seen[] {
  if (source === null || target === null || spec.roles === 'skip') return [];
  return missingRoles(source, target).flatMap(({ name, settings }) =>
    settings.flatMap(setting => seen(setting, `role ${name}`, `role ${quoteIdentifier(name)}`)),
  );
}

/** @param altered what ALTER names */
function seen(setting: string, whose: string, altered: string, database?: string): Seen[] {
  const name = setting.slice(0, setting.indexOf('='));
  const libraries = preloadedLibraries(setting);
  const isReadOnly = isReadOnlySetting(setting);
  if (libraries.length === 0 && !isReadOnly) return [];
  return [
    {
      severity: 'warning',
      server: 'source',
      ...(database === undefined ? {} : { database }),
      object: whose,
      message: isReadOnly
        ? `${whose} has default_transaction_read_only = on: it is migrated too, and applications cannot write on the target`
        : `${whose} makes each session load ${libraries.join(', ')}: where the target cannot, the setting is left out`,
      current: setting,
      // On the source it may be what keeps writers away, whose rows a dump would miss.
      remedy: `alter ${altered} reset ${quoteIdentifier(name)};${isReadOnly ? '   -- on the target, once pgm says that it is ready' : ''}`,
    },
  ];
}
