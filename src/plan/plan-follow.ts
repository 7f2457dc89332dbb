import { planned, type PlannedStep } from '../steps/step-kind.js';
import { subscription, type SubscriptionInput } from '../steps/subscription.js';
import { sync } from '../steps/sync.js';
import type { Spec } from '../spec/spec.js';
import type { LaneFacts } from './database-lanes.js';
import type { DatabaseState, DatabaseStateInput } from './database-state.js';

export interface FollowInput extends DatabaseStateInput {
  /** The lockfile says that every table streamed. */
  readonly synced: boolean;
  /** Apply errors of each lane that it has been seen to overcome. */
  readonly knownErrors: Readonly<Record<string, number>>;
  /** Other steps come before, for which the lanes' lag has to be waited for again. */
  readonly begun: boolean;
}

/** The role that the spec advertises is part of what is reviewed. */
export function advertisedAs({ advertise: { user } }: Spec['target']): { readonly dialsAs?: string } {
  return user === undefined ? {} : { dialsAs: user };
}

/** Every lane gets a subscription at work, and its lag is waited for. */
export function planFollow(
  input: FollowInput,
  { kept, leaving, newLanes, replication }: DatabaseState,
): readonly PlannedStep[] {
  const { spec, source, target, database, method, begun, synced, knownErrors } = input;
  if (method === 'dump') return [];
  const create = ({ lane, name }: { readonly lane: number; readonly name: string }): SubscriptionInput => ({
    change: 'create',
    database: database.name,
    name,
    lane,
    sourceVersion: source.versionNum,
    targetVersion: target.versionNum,
    way: replication.subscribes,
    failover: replication.failover,
    ...advertisedAs(spec.source),
  });
  const inputs = [
    ...kept.flatMap((lane): SubscriptionInput[] => {
      if (lane.subscription === null) return [create(lane)];
      // Tables that leave or join it leave it at work.
      const isEnabled =
        lane.subscription.enabled || lane.joining !== null || leaving.some(({ name }) => name === lane.name);
      return isEnabled ? [] : [{ change: 'enable', database: database.name, name: lane.name }];
    }),
    ...newLanes.map(create),
  ];
  const slots = [...kept, ...newLanes].map(lane => lane.name);
  const waits = begun || inputs.length > 0 || !synced || kept.some(lane => standsStill(lane, knownErrors));
  return [
    ...inputs.map(each => planned(subscription, each)),
    ...(slots.length > 0 && waits ? [planned(sync, { database: database.name, slots })] : []),
  ];
}

/**
 * A worker that fails comes back every few seconds: that its slot is read at this moment says little where errors are
 * counted (15 on).
 */
function standsStill(
  { name, slot, subscription: its }: LaneFacts,
  knownErrors: Readonly<Record<string, number>>,
): boolean {
  return slot?.active !== true || (its?.applyErrors ?? 0) > (knownErrors[name] ?? 0);
}
