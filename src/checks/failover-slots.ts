import { failsOver, standbySlots } from '../replication/failover.js';
import type { Check } from './check.js';
import { has } from '../postgres/since.js';

export const failoverSlots: Check = {
  code: 'PGM219',
  slug: 'failover-slots',
  title: 'Failover slots',
  scope: 'continuous',
  why:
    "A logical slot lives on one server: when a standby is promoted in the source's place, " +
    'the slot is gone and the tables have to be copied again. From 17 on a standby can keep ' +
    'slots that were made with `failover` up to date.',
  decided:
    'Where the source has physical slots of standbys, or replication.failover is on: slots ' +
    'are made with `failover` on 17 and later, unless it is off.',
  remedy:
    'On each standby: sync_replication_slots = on, hot_standby_feedback = on, primary_slot_name, and dbname ' +
    'in primary_conninfo; name all servers in source.connection. Or replication: {failover: off} in the spec.',
  run: ({ spec, source }) => {
    if (source === null) return [];
    const standbys = standbySlots(source);
    const { failover } = spec.replication;
    const seen = { server: 'source', object: standbys.join(', ') || 'replication.failover' } as const;
    if (has(source.versionNum, 'failoverSlots')) {
      if (!failsOver(spec.replication, source))
        return standbys.length === 0
          ? []
          : [
              {
                ...seen,
                severity: 'info',
                message: "replication.failover is off: pgm's slots are lost when a standby is promoted",
              },
            ];
      return [
        {
          ...seen,
          severity: 'info',
          message:
            'slots are made with failover: a standby with sync_replication_slots = on ' +
            'keeps them, and the migration goes on after its promotion',
          remedy: '# not wanted:\nreplication: {failover: off}',
        },
      ];
    }
    if (standbys.length === 0 && failover !== 'on') return [];
    return [
      {
        ...seen,
        severity: failover === 'on' ? 'warning' : 'info',
        message:
          `PostgreSQL ${Math.floor(source.versionNum / 10_000)} has no failover slots (17 on): ` +
          'after a promotion of a standby the tables would be copied again',
        current: String(Math.floor(source.versionNum / 10_000)),
        required: '17',
      },
    ];
  },
};
