import type { Check, Seen } from './check.js';
import { majorOf } from '../postgres/majors.js';

export const clientPrograms: Check = {
  code: 'PGM110',
  slug: 'client-programs',
  title: 'pg_dump and pg_restore',
  scope: 'any',
  why: 'The schema is read by pg_dump; one that is older than the server refuses to.',
  decided:
    'The newest found in PGM_PG_BIN, else on PATH and in the usual folders; ' +
    "its major version must not be below the source's.",
  remedy: 'Install the PostgreSQL client programs, or name their folder in PGM_PG_BIN.',
  run: ({ facts: { local }, source }) => {
    const needed = source === null ? null : majorOf(source.versionNum);
    const programs = [
      ['pg_dump', local.pgDump],
      ['pg_restore', local.pgRestore],
    ] as const;
    const seen = programs.flatMap(([name, found]): Seen[] => {
      const required = needed === null ? 'any' : `${needed} or newer`;
      if (found === null)
        return [
          {
            severity: 'error',
            server: 'local',
            object: name,
            message: `${name} was not found`,
            current: null,
            required,
            remedy: install(needed),
          },
        ];
      if (needed === null || found.major >= needed) return [];
      return [
        {
          severity: 'error',
          server: 'local',
          object: name,
          message: `${name} ${found.version} (${found.path}) is older than the source`,
          current: found.version,
          required,
          remedy: install(needed),
        },
      ];
    });
    return seen.length > 0
      ? seen
      : [
          {
            severity: 'ok',
            server: 'local',
            object: 'pg_dump',
            message: `pg_dump ${local.pgDump?.version ?? ''} was found`,
            current: local.pgDump?.path ?? null,
          },
        ];
  },
};

function install(version: number | null): string {
  const suffix = version === null ? '' : `-${version}`;
  return [
    `Debian, Ubuntu: sudo apt-get install postgresql-client${suffix}   (from ` +
      `apt.postgresql.org where the distribution's is older)`,
    `Fedora, RHEL:   sudo dnf install postgresql${version ?? ''}`,
    `macOS:          brew install ${version === null ? 'libpq' : `postgresql@${version}`}`,
    'elsewhere:      name the folder that holds pg_dump and pg_restore in PGM_PG_BIN',
  ].join('\n');
}
