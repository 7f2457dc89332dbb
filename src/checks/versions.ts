import type { Check, Seen } from './check.js';

/** Logical replication of what pgm relies on begins with 12; before, nothing is tested. */
const oldest = 12;
const newest = 18;

export const versions: Check = {
  code: 'PGM107',
  slug: 'versions',
  title: 'Versions fit',
  scope: 'any',
  why: "An older target may lack what the source's schema uses, and pg_dump's output for a newer server is not made to be loaded into an older one.",
  decided: `server_version_num of both: ${oldest} to ${newest} are supported, and the target's major version must not be below the source's.`,
  remedy: 'Choose a target of the same or a newer major version.',
  run: ({ source, target }) => {
    const seen: Seen[] = [];
    for (const [server, facts] of [
      ['source', source],
      ['target', target],
    ] as const) {
      if (facts === null) continue;
      const version = major(facts.versionNum);
      if (version < oldest) {
        seen.push({
          severity: 'error',
          status: 'blocked',
          server,
          message: `PostgreSQL ${facts.version} is older than ${oldest}`,
          current: facts.version,
          required: `${oldest} or newer`,
          remedy: `Upgrade the ${server} to ${oldest} or newer first, for example with pg_upgrade.`,
        });
      } else if (version > newest) {
        seen.push({
          severity: 'warning',
          server,
          message: `PostgreSQL ${facts.version} is newer than what this pgm was tested with`,
          current: facts.version,
          required: `${oldest} to ${newest}`,
          remedy: 'Look for a newer pgm.',
        });
      }
    }
    if (source === null || target === null) return seen;
    const [from, to] = [major(source.versionNum), major(target.versionNum)];
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
    return seen.length > 0
      ? seen
      : [
          {
            severity: 'ok',
            server: 'target',
            message: `PostgreSQL ${source.version} goes to ${target.version}`,
            current: target.version,
          },
        ];
  },
};

export function major(versionNum: number): number {
  return Math.floor(versionNum / 10_000);
}
