import { describe, expect, it } from 'vitest';
import type { SettingInFiles } from '../../src/inspect/settings-now.js';
import { othersOn, putBack, type Others } from '../../src/plan/put-back.js';
import { someServer } from '../checks/some-facts.js';
import { buildSlot, buildSubscription } from './build-facts.js';

const nobody: Others = { logicalSlots: 0, physicalSlots: 0, walSenders: 0, subscriptions: 0 };

interface Case {
  readonly what: string;
  readonly name: string;
  readonly before?: string | null;
  readonly after: string;
  readonly now?: Partial<SettingInFiles>;
  readonly others?: Partial<Others>;
  readonly maxWalSenders?: number;
  /** A part of why it stays; null: it is put back. */
  readonly stays: string | null;
}

const cases: readonly Case[] = [
  { what: 'nobody else is there', name: 'wal_level', after: 'logical', now: { beneath: 'replica' }, stays: null },
  {
    what: "another's logical slot",
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'replica' },
    others: { logicalSlots: 1 },
    stays: '1 logical slot',
  },
  {
    what: 'a physical slot is content with replica',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'replica' },
    others: { physicalSlots: 1 },
    stays: null,
  },
  {
    what: 'a standby is not content with minimal',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'minimal' },
    others: { walSenders: 1 },
    stays: '1 connected receiver',
  },
  {
    what: 'minimal beside max_wal_senders',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'minimal' },
    maxWalSenders: 10,
    stays: 'max_wal_senders',
  },
  {
    what: 'minimal with max_wal_senders 0',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'minimal' },
    maxWalSenders: 0,
    stays: null,
  },
  {
    what: 'slots of both kinds count',
    name: 'max_replication_slots',
    after: '12',
    now: { beneath: '2' },
    others: { logicalSlots: 1, physicalSlots: 2 },
    stays: '2 would be too few',
  },
  {
    what: 'as many as there are suffice',
    name: 'max_replication_slots',
    before: '3',
    after: '12',
    others: { logicalSlots: 1, physicalSlots: 2 },
    stays: null,
  },
  {
    what: "others' origins count, too",
    name: 'max_replication_slots',
    after: '12',
    now: { beneath: '1' },
    others: { subscriptions: 2 },
    stays: '2 subscriptions',
  },
  {
    what: 'a standby needs its walsender',
    name: 'max_wal_senders',
    after: '12',
    now: { beneath: '0' },
    others: { walSenders: 1 },
    stays: '0 would be too few',
  },
  {
    what: 'apply workers of others',
    name: 'max_logical_replication_workers',
    after: '8',
    now: { beneath: '4' },
    others: { subscriptions: 5 },
    stays: '5 subscriptions',
  },
  {
    what: 'an address that others use',
    name: 'listen_addresses',
    after: '*',
    others: { walSenders: 1 },
    stays: 'others use',
  },
  {
    what: "pgm's lines that others use",
    name: 'pg_hba.conf',
    after: 'host …',
    others: { logicalSlots: 1 },
    stays: 'others use',
  },
  { what: 'changed since', name: 'wal_level', after: 'logical', now: { altered: 'replica' }, stays: 'it to replica' },
  {
    what: 'reset since',
    name: 'max_wal_size',
    before: '2GB',
    after: '9GB',
    now: { altered: null },
    stays: 'its default',
  },
  { what: 'back already', name: 'max_wal_size', before: '2GB', after: '9GB', now: { altered: '2GB' }, stays: null },
  {
    what: 'what is beneath cannot be read',
    name: 'wal_level',
    after: 'logical',
    now: { filesReadable: false, altered: null, beneath: null },
    others: { physicalSlots: 1 },
    stays: 'cannot be read',
  },
  {
    what: 'logical all along',
    name: 'wal_level',
    before: 'logical',
    after: 'replica',
    others: { logicalSlots: 1 },
    stays: null,
  },
  {
    what: 'minimal beside a physical slot',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'minimal' },
    others: { physicalSlots: 1 },
    maxWalSenders: 0,
    stays: 'others replicate from this server (1 physical slot)',
  },
  {
    what: 'minimal beside one max_wal_senders',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: 'minimal' },
    maxWalSenders: 1,
    stays: 'while max_wal_senders is above 0',
  },
  {
    what: 'nothing beneath is known and nobody is there',
    name: 'wal_level',
    after: 'logical',
    now: { beneath: null },
    stays: null,
  },
  {
    what: 'a subscription alone needs an address',
    name: 'listen_addresses',
    after: '*',
    others: { subscriptions: 1 },
    stays: 'others use this server too (1 subscription)',
  },
  { what: 'nobody else uses the address', name: 'listen_addresses', after: '*', stays: null },
  {
    what: 'what is beneath is no number',
    name: 'max_wal_senders',
    after: '12',
    now: { beneath: 'unknown' },
    others: { walSenders: 1 },
    stays: 'cannot be read',
  },
  {
    what: 'what is beneath is not known',
    name: 'max_wal_senders',
    after: '12',
    now: { beneath: null },
    others: { walSenders: 1 },
    stays: 'cannot be read',
  },
  {
    what: 'origins of others',
    name: 'max_active_replication_origins',
    after: '9',
    now: { beneath: '1' },
    others: { subscriptions: 2 },
    stays: '1 would be too few for what others have there (2 subscriptions)',
  },
  {
    what: 'workers of others and their launcher',
    name: 'max_worker_processes',
    after: '9',
    now: { beneath: '2' },
    others: { subscriptions: 2 },
    stays: '2 would be too few',
  },
  {
    what: 'just enough workers for others and their launcher',
    name: 'max_worker_processes',
    after: '9',
    now: { beneath: '3' },
    others: { subscriptions: 2 },
    stays: null,
  },
  { what: 'no launcher is needed', name: 'max_worker_processes', after: '9', now: { beneath: '0' }, stays: null },
  ...['output_plugin_libraries', 'wal_sender_timeout', 'max_slot_wal_keep_size'].map(name => ({
    what: 'which others use',
    name,
    after: 'a',
    others: { logicalSlots: 1, subscriptions: 1 },
    stays: 'others use this server too (1 logical slot, 1 subscription)',
  })),
];

describe('what others have on a server', () => {
  it('is what has none of the migration’s names, by its kind', () => {
    const server = someServer({
      slots: [
        buildSlot(1),
        buildSlot(2, { active: false }),
        buildSlot(1, { name: 'theirs' }),
        buildSlot(1, { name: 'standby', plugin: null }),
        buildSlot(1, { name: 'standby2', plugin: null, active: false }),
        buildSlot(1, { name: 'passing', temporary: true }),
      ],
      walSendersInUse: 4,
      subscriptions: [buildSubscription(1), buildSubscription(1, { name: 'theirs' })],
    });
    expect(othersOn(server, 'shop')).toEqual({ logicalSlots: 1, physicalSlots: 2, walSenders: 3, subscriptions: 1 });
  });

  it('is nothing, not less, where a slot of ours is at work that no walsender is counted for', () => {
    expect(othersOn(someServer({ slots: [buildSlot(1)] }), 'shop').walSenders).toBe(0);
  });
});

describe('a setting that pgm changed', () => {
  it.each(cases)('$name, $what', ({ name, before = null, after, now, others, maxWalSenders = 10, stays }) => {
    const decided = putBack(
      name,
      { before, after },
      { value: after, altered: after, beneath: '10', filesReadable: true, ...now },
      { ...nobody, ...others },
      maxWalSenders,
    );
    if (stays === null) expect(decided).toEqual({ kind: 'put-back' });
    else expect(decided).toEqual({ kind: 'stays', why: expect.stringContaining(stays) as string });
  });

  it('stays where the server does not know it any more', () => {
    expect(putBack('a', { before: null, after: 'b' }, undefined, nobody, 0)).toMatchObject({ kind: 'stays' });
  });
});
