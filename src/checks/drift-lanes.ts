import { forwardLanes, isLost, type LaneFacts } from '../plan/database-lanes.js';
import type { DatabaseFacts } from '../inspect/facts.js';
import type { Check, CheckInput, Seen } from './check.js';
import { gibibytes } from './source-state.js';

interface DatabaseLane {
  readonly database: DatabaseFacts;
  readonly lane: LaneFacts;
}

/** Lanes from source to target that should be at work: none before the copy, while stopped, or after the cutover. */
export function lanesAtWork({ facts, source, target, spec, lockfile }: CheckInput): readonly DatabaseLane[] {
  if (source === null || target === null || lockfile === null || lockfile.stopped || lockfile.reached !== 'synced')
    return [];
  return facts.databases.flatMap(database =>
    forwardLanes(spec.name, database, source, target).map(lane => ({ database, lane })),
  );
}

const applyRepairs = 'pgm apply';

export const slotLost: Check = {
  code: 'PGM601',
  slug: 'slot-lost',
  title: 'Missing or lost replication slots',
  scope: 'continuous',
  why:
    'Without its slot the source no longer keeps the changes that the target still needs; what ' +
    'was written since is missing there until the tables are copied again.',
  decided:
    'For each subscription, and for each database that was in sync: the slot ' +
    'of that name on the source, and its wal_status.',
  remedy:
    'pgm apply makes a new slot and copies the tables of that lane again. Raise ' +
    'max_slot_wal_keep_size when that took the slot away.',
  run: input => {
    const { source, facts, spec, target, lockfile } = input;
    if (source === null || target === null) return [];
    const lost = lanesAtWork(input)
      .filter(({ lane }) => lane.slot === null || isLost(lane.slot))
      .map(({ database, lane }): Seen => {
        const what = lane.slot === null ? 'is gone' : 'was invalidated (wal_status lost)';
        return {
          severity: 'warning',
          server: 'source',
          database: database.name,
          object: lane.name,
          message: `replication slot ${lane.name} ${what}: its tables must be copied again`,
          current: lane.slot === null ? null : 'lost',
          required: 'a slot that holds all changes',
          remedy: applyRepairs,
        };
      });
    const inSync = lockfile !== null && lockfile.reached === 'synced' && !lockfile.stopped;
    const without = inSync
      ? facts.databases.filter(
          database =>
            forwardLanes(spec.name, database, source, target).length === 0 &&
            database.target?.progress !== null &&
            database.target !== null,
        )
      : [];
    return [
      ...lost,
      ...without.map(({ name }): Seen => ({
        severity: 'warning',
        server: 'source',
        database: name,
        object: name,
        message: `publication, slot and subscription of database ${name} are gone: its tables must be copied again`,
        current: null,
        required: 'a lane',
        remedy: applyRepairs,
      })),
    ];
  },
};

export const slotIdle: Check = {
  code: 'PGM602',
  slug: 'slot-idle',
  title: 'Replication slots that nobody reads',
  scope: 'continuous',
  momentary: true,
  why:
    'A slot that nobody reads keeps all WAL on the source: first the lag ' +
    'grows, then the disk fills or the slot is taken away.',
  decided:
    'Slots of enabled subscriptions that are not active, with the WAL they hold; and ' +
    'slots that hold more than replication.max_retained_wal.',
  remedy:
    "Read the target's log for the apply worker's error; pgm stop --release frees the WAL, and the next apply then copies all tables again",
  run: input =>
    lanesAtWork(input).flatMap(({ database, lane }): Seen[] => {
      const { slot, subscription } = lane;
      if (slot === null || isLost(slot)) return [];
      const held = slot.retainedWalBytes ?? 0;
      const seen = {
        server: 'source',
        database: database.name,
        object: slot.name,
        current: `${gibibytes(held)} of WAL`,
      } as const;
      const limit = input.spec.replication.maxRetainedWal;
      if (limit !== null && held > limit)
        return [
          {
            ...seen,
            severity: 'warning',
            message: `slot ${slot.name} holds ${gibibytes(held)} of WAL, more than replication.max_retained_wal`,
            required: `${gibibytes(limit)} or less`,
            remedy: slotIdle.remedy,
          },
        ];
      if (slot.active || subscription?.enabled !== true) return [];
      return [
        {
          ...seen,
          severity: 'warning',
          message: `slot ${slot.name} is not being read and holds ${gibibytes(held)} of WAL`,
          required: 'active',
          remedy: slotIdle.remedy,
        },
      ];
    }),
};

export const subscriptionStopped: Check = {
  code: 'PGM604',
  slug: 'subscription-stopped',
  title: 'Subscriptions that do not run',
  scope: 'continuous',
  why:
    'A subscription that is disabled, gone or failing applies no change any ' +
    'more, and its slot holds back WAL on the source.',
  decided:
    'pg_subscription of the target for each slot of ours: missing, disabled, or without a worker; with the ' +
    "number of apply errors (15 on). PostgreSQL writes the error itself into the target's log; it is repeated " +
    'here where logging_collector is on and the role may read server files.',
  remedy:
    'pgm apply makes it again or enables it. When a change cannot be applied, ' +
    "the target's log says which: fix the row there.",
  run: input =>
    lanesAtWork(input).flatMap(({ database, lane }): Seen[] => {
      const { slot, subscription, name } = lane;
      if (slot === null || isLost(slot)) return [];
      const seen = {
        severity: 'warning',
        server: 'target',
        database: database.name,
        object: name,
        required: 'a running apply worker',
      } as const;
      if (subscription === null)
        return [{ ...seen, message: `subscription ${name} is gone`, current: null, remedy: applyRepairs }];
      const errors = subscription.applyErrors ?? 0;
      const said = subscription.failure === null ? '' : `: ${subscription.failure}`;
      const failed = `${errors === 0 ? '' : ` after ${errors} apply errors`}${said}`;
      if (!subscription.enabled)
        return [
          { ...seen, message: `subscription ${name} is disabled${failed}`, current: 'disabled', remedy: applyRepairs },
        ];
      if (subscription.workerPid !== null) return [];
      const remedy =
        said === ''
          ? "Read the target's log: it names the change that cannot be applied, or why no worker starts."
          : 'Fix on the target what the error names; the worker tries again every 5 s by itself.';
      return [
        {
          ...seen,
          message: `subscription ${name} has no apply worker${failed}`,
          current: errors === 0 ? 'no worker' : `${errors} errors`,
          remedy,
        },
      ];
    }),
};

export const publicationGone: Check = {
  code: 'PGM611',
  slug: 'publication-gone',
  title: 'Missing publications',
  scope: 'continuous',
  why:
    'The slot cannot be read without its publication, and changes made meanwhile are ' +
    'lost to it (they end in an error, or, from 18 on, silently).',
  decided: 'The publication of each slot of ours on the source.',
  remedy: 'pgm apply makes a new lane and copies its tables again.',
  run: input =>
    lanesAtWork(input)
      .filter(({ lane }) => lane.tables === null && lane.slot !== null)
      .map(({ database, lane }): Seen => ({
        severity: 'warning',
        server: 'source',
        database: database.name,
        object: lane.name,
        message: `publication ${lane.name} is gone: its tables must be copied again`,
        current: null,
        required: 'the publication',
        remedy: applyRepairs,
      })),
};
