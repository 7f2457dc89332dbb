import { expect, it } from 'vitest';
import type { SubscriptionFacts } from '../../src/inspect/facts.js';
import { planConnections, type ConnectionPlanInput } from '../../src/plan/plan-connections.js';
import { conninfoDigest } from '../../src/postgres/conninfo-digest.js';
import { dialConninfo } from '../../src/postgres/dial-conninfo.js';
import { finishStep, startStep } from '../../src/state/transitions.js';
import type { Lockfile } from '../../src/state/lockfile.js';
import { buildSpec, buildSubscription, buildWorld, lane } from './build-facts.js';
import { lockfileOf } from './planning.js';

const spec = buildSpec();
const at = '2026-01-01T00:00:00Z';
const told = (
  subscription: Partial<SubscriptionFacts>,
  more: Partial<ConnectionPlanInput> = {},
  number: 1 | 'r' = 1,
) => {
  const subscriptions = [buildSubscription(number, subscription)];
  const direction = more.direction ?? 'forward';
  const { source, target } = buildWorld(
    direction === 'forward' ? { target: { subscriptions } } : { source: { subscriptions } },
  );
  return planConnections({ spec, source, target, lockfile: null, direction, ...more }).map(
    ({ description: { title, server, object, database } }) => ({ title, server, object, database }),
  );
};
/** A lockfile in which a step noted what the subscription dials. */
const noting = (...notes: readonly (readonly [object: string, conninfo: string])[]): Lockfile =>
  notes.reduce((lockfile, [object, conninfo]) => {
    const id = `app/subscription/${object}`;
    const begun = startStep(lockfile, id, { kind: 'subscription', database: 'app' }, at);
    return finishStep(begun, id, at, { dialled: conninfoDigest(conninfo) });
  }, lockfileOf());
const now = dialConninfo(spec.source, 'app', 150000);

it('tells a subscription that dials another server than the spec says, where its connection can be read', () => {
  expect(told({ dials: 'elsewhere' })).toMatchObject([{ server: 'target', object: `${lane(1)}/connection` }]);
  expect(told({ dials: 'source' as never })).toEqual([]);
});

it('goes by what was noted where it cannot be read, the latest first', () => {
  expect(told({}, { lockfile: noting([lane(1), now]) })).toEqual([]);
  expect(told({}, { lockfile: noting([lane(1), 'host=elsewhere']) })).toHaveLength(1);
  expect(told({}, { lockfile: noting([lane(1), 'host=elsewhere'], [`${lane(1)}/connection`, now]) })).toEqual([]);
  expect(told({}, { lockfile: lockfileOf() })).toEqual([]);
  expect(told({})).toEqual([]);
});

it('looks after a cutover at the way back, of which nothing was noted', () => {
  const back = { direction: 'reverse' } as const;
  expect(told({ dials: 'elsewhere' }, back, 'r')).toMatchObject([{ server: 'source' }]);
  expect(told({}, { ...back, lockfile: noting([lane('r'), 'host=elsewhere']) }, 'r')).toEqual([]);
  expect(told({ dials: 'elsewhere' }, back, 1)).toEqual([]);
  expect(told({ dials: 'elsewhere' }, {}, 'r')).toEqual([]);
});

it('leaves the subscriptions of others alone', () => {
  expect(told({ dials: 'elsewhere', name: 'theirs' })).toEqual([]);
});

it('says the role that the spec advertises for the server that is dialled', () => {
  const withUser = (side: 'source' | 'target'): typeof spec => ({
    ...spec,
    [side]: { ...spec[side], advertise: { ...spec[side].advertise, user: 'dialler' } },
  });
  expect(told({ dials: 'elsewhere' }, { spec: withUser('source') })[0]?.title).toContain('as role dialler');
  expect(told({ dials: 'elsewhere' }, { spec: withUser('target') })[0]?.title).not.toContain('as role');
  const back = { direction: 'reverse', spec: withUser('target') } as const;
  expect(told({ dials: 'elsewhere' }, back, 'r')[0]?.title).toContain('as role dialler');
});
