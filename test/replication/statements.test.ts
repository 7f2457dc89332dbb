import { describe, expect, it } from 'vitest';
import { failsOver, standbySlots } from '../../src/replication/failover.js';
import { describeHeldBack, type HeldBack } from '../../src/replication/held-back.js';
import { laneName, laneNumber, laneOwner, reverseLaneName } from '../../src/replication/names.js';
import {
  addToPublication,
  createPublication,
  createPublicationByExtras,
  createSubscription,
  createSubscriptionByExtras,
  dropFromPublication,
  dropSubscription,
  forgetTables,
  type SubscriptionOptions,
} from '../../src/replication/statements.js';

const tables = (count: number): { schema: string; name: string }[] =>
  Array.from({ length: count }, (_, index) => ({ schema: 'public', name: `t${index}` }));

describe('a publication', () => {
  it('is made with its tables, and says whose it is', () => {
    expect(createPublication('lane', tables(2), "it's")).toEqual([
      'create publication "lane" for table only "public"."t0", only "public"."t1" ' +
        `with (publish = 'insert, update, delete, truncate')`,
      `comment on publication "lane" is 'it''s'`,
    ]);
    expect(createPublication('lane', [], 'c')[0]).toBe(
      `create publication "lane" with (publish = 'insert, update, delete, truncate')`,
    );
  });

  it.each([
    [500, 2],
    [501, 3],
    [1000, 3],
    [1001, 4],
  ])('of %i tables takes %i statements, each with so few that the lock table holds', (count, statements) => {
    const made = createPublication('lane', tables(count), 'c');
    expect(made).toHaveLength(statements);
    expect(made.join().match(/only /g)).toHaveLength(count);
    expect(made.at(-2)).toContain(`"t${count - 1}"`);
  });

  it('is given tables and loses them', () => {
    expect(addToPublication('lane', tables(2))).toEqual([
      'alter publication "lane" add table only "public"."t0", only "public"."t1"',
    ]);
    expect(dropFromPublication('lane', tables(2))).toEqual([
      'alter publication "lane" drop table "public"."t0", "public"."t1"',
    ]);
    expect(addToPublication('lane', [])).toEqual([]);
    expect(dropFromPublication('lane', tables(501))).toHaveLength(2);
  });

  it('is made through aiven_extras with names as text', () => {
    expect(createPublicationByExtras('lane', [{ schema: 'a', name: "o'b" }], 'c')).toEqual([
      `select aiven_extras.pg_create_publication('lane', ` +
        `'insert,update,delete,truncate', variadic array['"a"."o''b"']::text[])`,
      `comment on publication "lane" is 'c'`,
    ]);
  });
});

describe('a subscription', () => {
  const options = (more: Partial<SubscriptionOptions> = {}): SubscriptionOptions => ({
    name: 'lane',
    conninfo: 'host=h',
    publication: 'pub',
    slot: 'slot',
    enabled: false,
    subscriberVersion: 130000,
    publisherVersion: 130000,
    failover: false,
    way: 'plain',
    ...more,
  });
  const settings = (more: Partial<SubscriptionOptions>): string | undefined =>
    /with \(create_slot = false, slot_name = 'slot', copy_data = false, (.*)\)$/.exec(
      createSubscription(options(more)),
    )?.[1];
  const at = (subscriber: number, publisher: number, failover = false): string | undefined =>
    settings({ subscriberVersion: subscriber * 10_000, publisherVersion: publisher * 10_000, failover });

  it('reads the slot that is there and copies nothing', () => {
    expect(createSubscription(options())).toBe(
      `create subscription "lane" connection 'host=h' publication "pub" with (create_slot = false, ` +
        `slot_name = 'slot', copy_data = false, enabled = false, synchronous_commit = off)`,
    );
    expect(settings({ enabled: true })).toContain('enabled = true');
  });

  it.each<[number, number, boolean, string]>([
    [13, 18, false, ''],
    [18, 13, false, ', disable_on_error = false'],
    [14, 14, false, ', streaming = on'],
    [14, 15, true, ', streaming = on'],
    [15, 14, false, ', streaming = on, disable_on_error = false'],
    [16, 15, false, ', streaming = on, disable_on_error = false'],
    [16, 16, true, ', streaming = parallel, disable_on_error = false'],
    [17, 16, false, ', streaming = parallel, disable_on_error = false'],
    [17, 17, true, ', streaming = parallel, disable_on_error = false, failover = true'],
  ])('on %i of %i, failover %s', (subscriber, publisher, failover, expected) => {
    expect(at(subscriber, publisher, failover)).toBe(`enabled = false, synchronous_commit = off${expected}`);
  });

  it('through aiven_extras is disabled again where it must not begin', () => {
    const made = `select aiven_extras.pg_create_subscription('lane', 'host=h', 'pub', 'slot', false, false)`;
    expect(createSubscriptionByExtras(options({ enabled: true }))).toEqual([made]);
    expect(createSubscriptionByExtras(options())).toEqual([
      made,
      `select aiven_extras.pg_alter_subscription_disable('lane')`,
    ]);
  });

  it('is dropped without its slot, which may be out of reach', () => {
    expect(dropSubscription('lane')).toEqual([
      'alter subscription "lane" disable',
      'alter subscription "lane" set (slot_name = none)',
      'drop subscription "lane"',
    ]);
  });

  it('forgets tables while it is enabled, and with another worker', () => {
    expect(forgetTables('lane')).toEqual([
      'alter subscription "lane" enable',
      'alter subscription "lane" refresh publication with (copy_data = false)',
      'alter subscription "lane" disable',
      'alter subscription "lane" enable',
    ]);
  });
});

describe('the name of a lane', () => {
  it.each<[string, number | null]>([
    [laneName('shop', '16384', 3), 3],
    [reverseLaneName('shop', '16384'), 0],
    ['pgm_shop_16384_0', null],
    ['pgm_shop_16384_03', null],
    ['pgm_shop_16384_3x', null],
    ['pgm_shop_16384_', null],
    ['pgm_shop_16385_3', null],
    ['pgm_shops_16384_3', null],
    ['of_shop_16384_3', null],
  ])('%s has the number %s', (name, number) => {
    expect(laneNumber(name, 'shop', '16384')).toBe(number);
  });

  it.each<[string, ReturnType<typeof laneOwner>]>([
    ['pgm_shop_16384_12', { databaseOid: '16384', lane: 12 }],
    ['pgm_shop_16384_r', { databaseOid: '16384', lane: 0 }],
    ['pgm_shop_16384_x', null],
    ['pgm_shop_x_1', null],
    ['pgm_other_16384_1', null],
  ])('%s tells its database', (name, owner) => {
    expect(laneOwner(name, 'shop')).toEqual(owner);
  });
});

describe('a slot that follows a failover', () => {
  const physical = { name: 'standby', plugin: null, temporary: false };
  const slots = [physical, { ...physical, name: 'passing', temporary: true }, { ...physical, name: 'l', plugin: 'p' }];

  it('is one where a standby streams through a slot of its own that stays', () => {
    expect(standbySlots({ slots: slots as never })).toEqual(['standby']);
  });

  it.each<[number, 'on' | 'off' | 'auto', unknown[], boolean]>([
    [169999, 'on', slots, false],
    [170000, 'on', [], true],
    [170000, 'off', slots, false],
    [170000, 'auto', [], false],
    [170000, 'auto', slots, true],
    [170000, 'auto', slots.slice(1), false],
  ])('of version %i with failover: %s', (versionNum, failover, its, expected) => {
    expect(failsOver({ failover }, { versionNum, slots: its as never })).toBe(expected);
  });
});

describe('what slots hold back', () => {
  const held: HeldBack = { slots: 1, wal: 1024 ** 3, walLeft: null, catalogAge: 1, rowsAge: null };
  it.each<[Partial<HeldBack>, RegExp]>([
    [{}, /^1 slot on the source holds .* until its disk is full: .* from the last 1 transaction$/],
    [{ slots: 2 }, /^2 slots on the source hold /],
    [{ walLeft: 0 }, /and the server may take the slot away at its next checkpoint/],
    [{ walLeft: 1024 ** 2 }, /takes the slot away after another 1\.?0* MB/],
    [{ catalogAge: 7, rowsAge: 3 }, /last 7 transactions, and those of all tables from the last 3 transactions$/],
  ])('%j', (more, words) => {
    expect(describeHeldBack({ ...held, ...more })).toMatch(words);
  });
});
