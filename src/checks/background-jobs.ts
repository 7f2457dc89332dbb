import type { Check, Seen } from './check.js';
import { handoverOf } from './handover.js';

/** Extensions that start work by themselves, and what has them do nothing on a server until it takes over. */
const workers: Readonly<Record<string, { readonly does: string; readonly hold: string }>> = {
  pg_cron: {
    does: 'runs the jobs of cron.job',
    hold: 'alter system set cron.launch_active_jobs = off; select pg_reload_conf();',
  },
  pg_partman: {
    does: 'makes and drops partitions where its background worker is loaded',
    hold: "alter system set pg_partman_bgw.dbname = ''; select pg_reload_conf();",
  },
  timescaledb: {
    does: 'runs its jobs and policies',
    hold: 'alter system set timescaledb.max_background_workers = 0;   -- then restart it',
  },
  pgagent: { does: 'has a daemon that runs its jobs', hold: '-- start no pgagent for it' },
  pgq: { does: 'has a daemon (pgqd) that moves its queues on', hold: '-- start no pgqd for it' },
};

export const backgroundJobs: Check = {
  code: 'PGM707',
  slug: 'background-jobs',
  title: 'Jobs that the database itself starts',
  scope: 'any',
  why:
    'A scheduler within the database runs on each server by itself. Its jobs come with the rows of its tables, so ' +
    'that until the cutover they would run on both sides, and after it on the one that handed over too.',
  decided: `Extensions of the databases in scope on the source: ${Object.keys(workers).join(', ')}. What they would do is not read.`,
  remedy: 'Hold them on the target until the cutover, let a hook start them there, and hold them on the source then.',
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    const { from, to } = handover;
    return input.facts.databases.flatMap(database =>
      (database[from]?.extensions ?? []).flatMap(({ name }): Seen[] => {
        const worker = workers[name];
        if (worker === undefined) return [];
        return [
          {
            severity: 'warning',
            server: from,
            database: database.name,
            object: name,
            message: `extension ${name} ${worker.does}: on the ${to} too, as soon as it is there`,
            remedy: `${worker.hold}   -- on the ${to}, until it takes over; then on the ${from}`,
          },
        ];
      }),
    );
  },
};
