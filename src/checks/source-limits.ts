import type { Check } from './check.js';
import { atLeast } from './minimum.js';
import { lanesWanted, sendersWanted, slotsWanted } from './needs.js';

export const maxReplicationSlots: Check = {
  code: 'PGM202',
  slug: 'max-replication-slots',
  title: 'The source has room for the replication slots',
  scope: 'continuous',
  why: 'Each lane of each database holds one slot. When none is free, the copy of that database cannot begin.',
  decided:
    'At least one for each database of the server, and at least: slots of others, one for each lane of each database in scope, and 2 in reserve. Slots that this migration holds already are not counted twice.',
  remedy: 'alter system set max_replication_slots = N; then restart the source, or drop slots that nobody uses.',
  run: input =>
    input.source === null || input.facts.databases.length === 0
      ? []
      : atLeast({
          server: 'source',
          facts: input.source,
          name: 'max_replication_slots',
          needed: slotsWanted(input),
          because: `${lanes(lanesWanted(input))}, the slots in use and a reserve`,
        }),
};

export const maxWalSenders: Check = {
  code: 'PGM203',
  slug: 'max-wal-senders',
  title: 'The source has room for the WAL senders',
  scope: 'continuous',
  why: 'Each subscription holds one walsender on the source, and each standby another. When none is free, replication stands still or a standby is shut out.',
  decided:
    'Walsenders that are in use by others, one for each lane of each database in scope, and 2 in reserve for making slots and for exported snapshots.',
  remedy: 'alter system set max_wal_senders = N; then restart the source.',
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
