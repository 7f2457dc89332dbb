import { shownSetting } from '../postgres/secret-setting.js';
import { missingRoles } from '../inspect/missing-roles.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { refusesSetting } from '../postgres/majors.js';
import type { Check, CheckInput, Seen } from './check.js';

/** Whom a setting of the source belongs to. */
interface OwnedSetting {
  readonly setting: string;
  readonly whose: string;
  /** What ALTER names. */
  readonly altered: string;
  readonly database?: string;
  /** null: everybody's in that database. */
  readonly role: string | null;
}

export const refusedSettings: Check = {
  code: 'PGM525',
  slug: 'refused-settings',
  title: 'Settings of databases and roles that the target refuses',
  scope: 'any',
  why:
    'A setting that a newer version no longer knows, or a value that it refuses, stays behind, and sessions on ' +
    "the target begin without it. A setting of `role` for pgm's own role or for everybody comes with the " +
    "database, and from then on pgm's sessions there, and the apply worker's, have the rights of another role.",
  decided:
    'Settings of databases in scope, of roles in them, and of roles that pgm makes: each is set on ' +
    'the target in a transaction that is undone. `role` is checked by name.',
  remedy: 'alter database D reset NAME; or alter role R reset NAME; on the source.',
  run: input => {
    const { source, target } = input;
    if (source === null || target === null) return [];
    const refused = new Map(target.refusedSettings.map(({ setting, message }) => [setting, message]));
    return settingsToCome(input).flatMap((owned): Seen[] => {
      const name = owned.setting.slice(0, owned.setting.indexOf('='));
      const seen = {
        server: 'source' as const,
        ...(owned.database === undefined ? {} : { database: owned.database }),
        object: owned.whose,
        current: shownSetting(owned.setting),
        required: null,
        remedy: `alter ${owned.altered} reset ${name.split('.').map(quoteIdentifier).join('.')};`,
      };
      const message = refused.get(owned.setting);
      // What no server of that version takes is PGM318's.
      if (message !== undefined && !refusesSetting(target.versionNum, owned.setting))
        return [
          {
            ...seen,
            severity: 'warning',
            message: `${owned.whose} has ${shownSetting(owned.setting)}, which the target refuses (${message}): it is left out`,
          },
        ];
      if (
        name.toLowerCase() === 'role' &&
        owned.database !== undefined &&
        [null, target.user.name].includes(owned.role)
      )
        return [
          {
            ...seen,
            severity: 'error',
            remedy: `set role none;\n${seen.remedy}`,
            message:
              `${owned.whose} has ${shownSetting(owned.setting)}: it comes with the database, and pgm's ` +
              'sessions there would have the rights of that role',
          },
        ];
      return [];
    });
  },
};

function settingsToCome({ facts, spec, source, target }: CheckInput): readonly OwnedSetting[] {
  if (source === null || target === null) return [];
  // One that was brought once is no longer set.
  const names = new Set(
    facts.databases
      .filter(({ target: there }) => there?.progress?.stages.done.has('created') !== true)
      .map(({ name }) => name),
  );
  return [
    ...source.databases
      .filter(({ name }) => names.has(name))
      .flatMap(({ name, roleSettings }) =>
        roleSettings.map(({ role, setting }): OwnedSetting => ({
          setting,
          role,
          database: name,
          whose: role === null ? `database ${name}` : `role ${role} in database ${name}`,
          altered: `${role === null ? '' : `role ${quoteIdentifier(role)} in `}database ${quoteIdentifier(name)}`,
        })),
      ),
    ...(spec.roles === 'skip' ? [] : missingRoles(source, target)).flatMap(({ name, settings }) =>
      settings.map((setting): OwnedSetting => ({
        setting,
        role: name,
        whose: `role ${name}`,
        altered: `role ${quoteIdentifier(name)}`,
      })),
    ),
  ];
}
