import { isOurs } from '../checks/check.js';
import type { ServerFacts, SubscriptionFacts } from '../inspect/facts.js';
import { matchesDigest } from '../postgres/conninfo-digest.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { recordOf } from '../state/step-records.js';
import { planned, type PlannedStep } from '../steps/step-kind.js';
import { subscription } from '../steps/subscription.js';
import { advertisedAs } from './plan-follow.js';

export interface ConnectionPlanInput {
  readonly spec: Spec;
  readonly source: ServerFacts;
  readonly target: ServerFacts;
  readonly lockfile: Lockfile | null;
  /** Which way the lanes go that are in use: `reverse` after a cutover. */
  readonly direction: 'forward' | 'reverse';
}

/**
 * Subscriptions that dial another address, or with another role or password, than the spec says now are told the new.
 */
export function planConnections({
  spec,
  source,
  target,
  lockfile,
  direction,
}: ConnectionPlanInput): readonly PlannedStep[] {
  const subscriber = direction === 'forward' ? target : source;
  const isElsewhere = (each: SubscriptionFacts): boolean => {
    if (each.dials !== undefined) return each.dials === 'elsewhere';
    if (direction === 'reverse') return false;
    const digest = dialledBefore(lockfile, each);
    return digest !== null && !matchesDigest(dialConninfo(spec.source, each.database, target.versionNum), digest);
  };
  return subscriber.subscriptions
    .filter(each => isOurs(each.name, spec.name) && each.name.endsWith('_r') === (direction === 'reverse'))
    .filter(isElsewhere)
    .map(({ database, name }) =>
      planned(subscription, {
        change: 'connection',
        database,
        name,
        direction,
        ...advertisedAs(direction === 'forward' ? spec.source : spec.target),
      }),
    );
}

/** What a step noted when it made the subscription, or told it another connection. */
function dialledBefore(lockfile: Lockfile | null, { database, name }: SubscriptionFacts): string | null {
  const [last] = [`${name}/connection`, name].flatMap(
    object => recordOf(lockfile, 'subscription', { server: 'target', database, object }) ?? [],
  );
  return last?.dialled ?? null;
}
