import type { Check } from './check.js';
import { atLeast } from './minimum.js';
import { lanesWanted, sendersWanted, slotsAdvised, slotsWanted } from './needs.js';
import { numericSetting } from './setting-change.js';

export const maxReplicationSlots: Check = {
  code: 'PGM202',
  slug: 'max-replication-slots',
  title: 'max_replication_slots of the source',
  scope: 'continuous',
  why: 'Each lane of each database holds one slot. When none is free, the copy of that database cannot begin.',
  decided:
    'At least: slots of others, one for each lane of each database in scope, and 2 in reserve. Slots ' +
    'that this migration holds already are not counted twice. Fewer than the server has databases is ' +
    'worth a warning: all of them at once would not have room.',
  remedy:
    'Where the plan marks it ~, pgm sets it. Otherwise: alter system set max_replication_slots = N; then restart ' +
    'the source; on a managed service set it in the parameter group or by the service’s command. N is in the plan. ' +
    'Or drop slots that nobody uses.',
  run: input => {
    const { source, facts } = input;
    if (source === null || facts.databases.length === 0) return [];
    const value = numericSetting(source, 'max_replication_slots');
    const advised = slotsAdvised(input);
    const needed = slotsWanted(input);
    if (value !== null && value >= needed && value < advised)
      return [
        {
          severity: 'warning',
          server: 'source',
          object: 'max_replication_slots',
          message:
            `max_replication_slots is ${value}, enough for ${lanes(lanesWanted(input))}; to migrate ` +
            `all ${advised} databases of the server at once takes one each`,
          current: String(value),
          required: `${needed} or more`,
          remedy:
            'nothing for this migration; for all databases: alter system set ' +
            `max_replication_slots = ${advised}; with the next restart`,
        },
      ];
    return atLeast({
      server: 'source',
      facts: source,
      name: 'max_replication_slots',
      needed,
      because: `${lanes(lanesWanted(input))}, the slots in use and a reserve`,
    });
  },
};

export const maxWalSenders: Check = {
  code: 'PGM203',
  slug: 'max-wal-senders',
  title: 'max_wal_senders of the source',
  scope: 'continuous',
  why:
    'Each subscription holds one walsender on the source, and each standby another. When ' +
    'none is free, replication waits or a standby is shut out.',
  decided:
    'Walsenders that are in use by others, one for each lane of each database in scope, ' +
    'and 2 in reserve for making slots and for exported snapshots.',
  remedy:
    'Where the plan marks it ~, pgm sets it. Otherwise: alter system set max_wal_senders = N; then restart the ' +
    'source; on a managed service set it in the parameter group or by the service’s command. N is in the plan.',
  run: input =>
    input.source === null || input.facts.databases.length === 0
      ? []
      : atLeast({
          server: 'source',
          facts: input.source,
          name: 'max_wal_senders',
          needed: sendersWanted(input),
          because: `${lanes(lanesWanted(input))}, the walsenders in use and a reserve`,
        }),
};

export function lanes(count: number): string {
  return count === 1 ? '1 lane' : `${count} lanes`;
}
