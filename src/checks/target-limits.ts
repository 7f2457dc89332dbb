import type { Check, CheckInput, Seen } from './check.js';
import { isOurs } from './check.js';
import { atLeast } from './minimum.js';
import { lanesWanted } from './needs.js';
import { lanes } from './source-limits.js';
import { numericSetting, settingRemedy } from './setting-change.js';

/** Enabled subscriptions on the target that are not this migration's: each has an apply worker. */
function othersAtWork({ target, spec }: CheckInput): number {
  return target?.subscriptions.filter(({ name, enabled }) => enabled && !isOurs(name, spec.name)).length ?? 0;
}

export const targetWorkers: Check = {
  code: 'PGM301',
  slug: 'target-workers',
  title: 'Apply workers of the target',
  scope: 'continuous',
  why:
    'Each lane needs one apply worker. Without a free one a subscription waits ' +
    'without end, while its slot holds back WAL on the source.',
  decided:
    'max_logical_replication_workers: one for each lane of each database in scope and one for each enabled ' +
    'subscription of others. max_worker_processes: that, and one for the launcher.',
  remedy:
    'alter system set max_logical_replication_workers = N; alter system set ' +
    'max_worker_processes = N + 1; then restart the target.',
  run: input => {
    const { target, facts } = input;
    if (target === null || facts.databases.length === 0) return [];
    const others = othersAtWork(input);
    const needed = lanesWanted(input) + others;
    const because =
      others === 0 ? lanes(lanesWanted(input)) : `${lanes(lanesWanted(input))} and ${others} subscriptions of others`;
    return [
      ...atLeast({ server: 'target', facts: target, name: 'max_logical_replication_workers', needed, because }),
      ...atLeast({
        server: 'target',
        facts: target,
        name: 'max_worker_processes',
        needed: needed + 1,
        because: `${because}, and the launcher`,
      }),
    ];
  },
};

export const replicationOrigins: Check = {
  code: 'PGM302',
  slug: 'replication-origins',
  title: 'Replication origins of the target',
  scope: 'continuous',
  why:
    'Each subscription keeps how far it is in a replication origin. When none is ' +
    'free its apply worker ends with an error, again and again.',
  decided:
    'Subscriptions of others and one for each lane of each database in scope: ' +
    'max_active_replication_origins from 18 on, max_replication_slots before.',
  remedy:
    'alter system set max_active_replication_origins = N (18), ' +
    'max_replication_slots = N (before); then restart the target.',
  run: input => {
    const { target, facts, spec } = input;
    if (target === null || facts.databases.length === 0) return [];
    const name =
      numericSetting(target, 'max_active_replication_origins') === null
        ? 'max_replication_slots'
        : 'max_active_replication_origins';
    const others = target.subscriptions.filter(each => !isOurs(each.name, spec.name)).length;
    return atLeast({
      server: 'target',
      facts: target,
      name,
      needed: others + lanesWanted(input),
      because: `the origins of ${lanes(lanesWanted(input))} and of ${others} other subscriptions`,
    });
  },
};

/** Sessions that a run holds beside its copy workers: lock, state, snapshot exporter, inspection. */
const besideTheJobs = 6;

/** Jobs that the free connections suffice for; null: not even for one. */
function fewerJobs(server: 'source' | 'target', left: number): string | null {
  const free = left - besideTheJobs;
  if (server === 'source') return free < 1 ? null : `# in the spec:\ncopy: {jobs: ${free}}`;
  return free < 2 ? null : `# in the spec:\ncopy: {jobs: ${Math.ceil(free / 2)}, index_jobs: ${Math.floor(free / 2)}}`;
}

export const connections: Check = {
  code: 'PGM303',
  slug: 'connections',
  title: 'Free connections',
  scope: 'any',
  momentary: true,
  why: 'A copy that finds no free connection stops in the middle, and applications that find none fail because of it.',
  decided:
    'max_connections less what is reserved and in use, against the ' +
    `copy's jobs and ${besideTheJobs} more sessions.`,
  remedy: 'Lower copy.jobs in the spec, close idle sessions, or raise max_connections and restart the server.',
  run: ({ source, target, spec }) =>
    (
      [
        ['source', source],
        ['target', target],
      ] as const
    ).flatMap(([server, facts]): Seen[] => {
      const most = facts === null ? null : numericSetting(facts, 'max_connections');
      if (facts === null || most === null) return [];
      const reserved = facts.user.superuser
        ? 0
        : (numericSetting(facts, 'superuser_reserved_connections') ?? 0) +
          (numericSetting(facts, 'reserved_connections') ?? 0);
      const left = most - reserved - facts.connectionsInUse;
      const jobs = (spec.copy.jobs ?? 4) + (server === 'target' ? (spec.copy.indexJobs ?? 2) : 0);
      const needed = jobs + besideTheJobs;
      if (left >= needed)
        return [
          {
            severity: 'ok',
            server,
            object: 'max_connections',
            message: `${left} connections are free`,
            current: String(left),
            required: String(needed),
          },
        ];
      return [
        {
          severity: left < besideTheJobs ? 'error' : 'warning',
          server,
          object: 'max_connections',
          message: `${left} connections are free, the copy would use ${needed}`,
          current: String(left),
          required: String(needed),
          remedy:
            fewerJobs(server, left) ??
            settingRemedy({ server, facts, name: 'max_connections', value: String(most + needed - left) }, true),
        },
      ];
    }),
};
