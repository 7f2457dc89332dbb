import { lastReleases, majorOf, newestMajor, oldestMajor } from '../postgres/majors.js';
import type { Check, Seen } from './check.js';

export const versions: Check = {
  code: 'PGM107',
  slug: 'versions',
  title: 'Versions of both servers',
  scope: 'any',
  why:
    "An older target may lack what the source's schema uses, and pg_dump's output for a " +
    'newer server is not made to be loaded into an older one.',
  decided:
    `server_version_num of both: ${oldestMajor} to ${newestMajor} are supported, and ` +
    `the target's major version must not be below the source's.`,
  remedy: 'Choose a target of the same or a newer major version.',
  run: ({ source, target }) => {
    const seen: Seen[] = [];
    for (const [server, facts] of [
      ['source', source],
      ['target', target],
    ] as const) {
      if (facts === null) continue;
      const version = majorOf(facts.versionNum);
      if (version < oldestMajor) {
        seen.push({
          severity: 'error',
          status: 'blocked',
          server,
          message: `PostgreSQL ${facts.version} is older than ${oldestMajor}`,
          current: facts.version,
          required: `${oldestMajor} or newer`,
          remedy: `Upgrade the ${server} to ${oldestMajor} or newer first, for example with pg_upgrade.`,
        });
      } else if (version > newestMajor) {
        seen.push({
          severity: 'warning',
          server,
          message: `PostgreSQL ${facts.version} is newer than what this pgm was tested with`,
          current: facts.version,
          required: `${oldestMajor} to ${newestMajor}`,
          remedy: 'Look for a newer pgm.',
        });
      }
    }
    if (source === null || target === null) return seen;
    const [from, to] = [majorOf(source.versionNum), majorOf(target.versionNum)];
    if (to < from) {
      seen.push({
        severity: 'error',
        status: 'blocked',
        server: 'target',
        message: `the target's major version ${to} is older than the source's ${from}`,
        current: target.version,
        required: `${from} or newer`,
        remedy: versions.remedy,
      });
    }
    const lastRelease = lastReleases[from];
    const ended: Seen[] =
      lastRelease === undefined || source.pooler !== null
        ? []
        : [
            {
              severity: 'info',
              server: 'source',
              message:
                `PostgreSQL ${from} is past its end: its last release was on ${lastRelease}, ` +
                'and no fix of security or data loss comes after it',
              current: source.version,
            },
          ];
    return seen.length > 0
      ? [...seen, ...ended]
      : [
          ...ended,
          {
            severity: 'ok',
            server: 'target',
            message: `PostgreSQL ${source.version} goes to ${target.version}`,
            current: target.version,
          },
        ];
  },
};
