import type { DatabaseFacts, ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { decodes, neededWalLevel } from '../postgres/majors.js';
import { backRights, mayReplicate } from '../inspect/rights.js';
import type { Check, CheckInput, Seen } from './check.js';
import { isOurs } from './check.js';
import { atLeast } from './minimum.js';
import { byExtension } from './replication-rights.js';
import { settingChange } from './setting-change.js';
import { walLevel } from './wal-level.js';
import { has } from '../postgres/since.js';

const otherWay = 'or go without reverse replication: cutover: {failback: false} in the spec';

/** Before `cutover` is the goal there is time; then it is what stands in the way. */
export function gravity({ spec }: CheckInput): 'error' | 'warning' {
  return spec.goal === 'cutover' ? 'error' : 'warning';
}

export const failbackSettings: Check = {
  code: 'PGM312',
  slug: 'failback-settings',
  title: 'Settings for a rollback',
  scope: 'any',
  why:
    'After cutover the source follows the target, so that a rollback loses no row: then it is the target that ' +
    'needs wal_level=logical, slots and walsenders, and the source that needs apply workers.',
  decided:
    'Only with cutover.failback. Target: wal_level, max_replication_slots and ' +
    'max_wal_senders for one slot a database. Source: max_logical_replication_workers for ' +
    'one subscription a database. A warning until cutover is the goal.',
  remedy: `Set them and restart the server in time before the cutover, ${otherWay}.`,
  providers: walLevel.providers,
  run: input => {
    const { target, source, facts, failback } = input;
    if (!failback || target === null || source === null || facts.databases.length === 0) return [];
    const databases = facts.databases.length;
    return [...targetNeeds(input, target, databases), ...sourceNeeds(input, source, databases)].map(withOtherWay);
  },
};

function targetNeeds(input: CheckInput, target: ServerFacts, databases: number): Seen[] {
  const otherwise = gravity(input);
  const others = target.slots.filter(({ name }) => !isOurs(name, input.spec.name)).length;
  const level = target.settings.get('wal_level')?.value ?? 'logical';
  const logical: Seen[] = decodes(level, target.versionNum)
    ? []
    : [
        settingChange({
          server: 'target',
          facts: target,
          name: 'wal_level',
          value: neededWalLevel(target.versionNum),
          suffices: value => decodes(value, target.versionNum),
          message: `wal_level of the target is ${level}: after cutover the source could not follow it`,
          required: neededWalLevel(target.versionNum),
          otherwise,
          providers: walLevel.providers,
        }),
      ];
  return [
    ...logical,
    ...atLeast({
      server: 'target',
      facts: target,
      name: 'max_replication_slots',
      needed: others + databases,
      because: `one slot a database for reverse replication`,
      otherwise,
    }),
    ...atLeast({
      server: 'target',
      facts: target,
      name: 'max_wal_senders',
      needed: target.walSendersInUse + databases,
      because: `one walsender a database for reverse replication`,
      otherwise,
    }),
  ];
}

function sourceNeeds(input: CheckInput, source: ServerFacts, databases: number): Seen[] {
  const others = source.subscriptions.filter(({ name, enabled }) => enabled && !isOurs(name, input.spec.name)).length;
  return atLeast({
    server: 'source',
    facts: source,
    name: 'max_logical_replication_workers',
    needed: others + databases,
    because: 'one apply worker a database for reverse replication',
    otherwise: gravity(input),
  });
}

function withOtherWay(seen: Seen): Seen {
  return seen.remedy === undefined || seen.remedy === null
    ? seen
    : { ...seen, remedy: `${seen.remedy}\n-- ${otherWay}` };
}

export const failbackRights: Check = {
  code: 'PGM412',
  slug: 'failback-rights',
  title: 'Rights for a rollback',
  scope: 'any',
  why: 'For reverse replication the source role makes a subscription, and the target role a publication and a slot.',
  decided:
    'Only with cutover.failback. Source: superuser, the privileges of pg_create_subscription (16 on) with ' +
    "CREATE on each database, and a password in the target's connection, or aiven_extras. Target: superuser " +
    'or REPLICATION, and ownership of the tables that are there. A warning until cutover is the goal.',
  remedy: `Grant the rights, ${otherWay}.`,
  run: input => {
    const { spec, source, target, facts, failback } = input;
    if (!failback || source === null || target === null || facts.databases.length === 0) return [];
    const rights = facts.databases.map(database => ({ database, ...backRights(spec, { source, target }, database) }));
    const seen: Seen[] = rights
      .filter(({ subscribes }) => subscribes.way !== null && subscribes.needsExtension)
      .map(({ database: { name } }) =>
        byExtension({
          server: 'source',
          database: name,
          object: source.user.name,
          message: `role ${source.user.name} may not subscribe on the source`,
          current: null,
          required: 'aiven_extras',
        }),
      );
    const lacking = rights.filter(({ subscribes }) => subscribes.way === null);
    if (lacking.some(({ subscribes }) => subscribes.way === null && subscribes.lacking === 'password')) {
      seen.push(
        withOtherWay({
          severity: gravity(input),
          server: 'source',
          object: source.user.name,
          message:
            `role ${source.user.name} may subscribe only with a password, and the target's ` +
            'connection has none: it could not follow the target after cutover',
          current: 'no password',
          required: 'a password',
          remedy:
            `-- give the target's role a ` +
            `password${target.provider === null ? ', require it in pg_hba.conf (scram-sha-256)' : ''} ` +
            'and name it in the spec',
        }),
      );
    }
    const ungranted = lacking
      .filter(({ subscribes }) => subscribes.way === null && subscribes.lacking !== 'password')
      .map(({ database }) => database);
    if (ungranted.length > 0) {
      const role = quoteIdentifier(source.user.name);
      seen.push(
        withOtherWay({
          severity: gravity(input),
          server: 'source',
          object: source.user.name,
          message:
            `role ${source.user.name} may not subscribe on the source: it ` +
            'could not follow the target after cutover',
          required: 'superuser, pg_create_subscription with CREATE on the database, or aiven_extras',
          remedy: grantsToSubscribe(source, role, ungranted),
        }),
      );
    }
    if (!mayReplicate(target)) {
      seen.push(
        withOtherWay({
          severity: gravity(input),
          server: 'target',
          object: target.user.name,
          message: `role ${target.user.name} may not make replication slots on the target`,
          required: 'REPLICATION',
          remedy: `alter role ${quoteIdentifier(target.user.name)} replication;`,
        }),
      );
    }
    for (const { database, publishes } of rights)
      if (publishes.way === null || publishes.needsExtension)
        seen.push(withOtherWay(cannotPublish(input, target, database)));
    return seen;
  },
};

function cannotPublish(input: CheckInput, { user }: ServerFacts, { name, target }: DatabaseFacts): Seen {
  const role = quoteIdentifier(user.name);
  const owners = [
    ...new Set((target?.tables ?? []).filter(({ isOwner, inScope }) => !isOwner && inScope).map(({ owner }) => owner)),
  ].sort();
  const remedy = [
    ...(target?.canCreate === false ? [`grant create on database ${quoteIdentifier(name)} to ${role};`] : []),
    ...owners.map(owner => `grant ${quoteIdentifier(owner)} to ${role};`),
  ];
  return {
    severity: gravity(input),
    server: 'target',
    database: name,
    object: user.name,
    message:
      `role ${user.name} may not publish the tables of ${name} on the target: ` +
      'the source could not follow it after cutover',
    required: 'ownership of the tables, and CREATE on the database',
    remedy: remedy.join('\n'),
  };
}

function grantsToSubscribe(
  { user, provider, versionNum }: ServerFacts,
  role: string,
  lacking: readonly DatabaseFacts[],
): string {
  if (provider !== null && !has(versionNum, 'subscriptionRole'))
    return "-- connect to the source as the service's admin role";
  if (!has(versionNum, 'subscriptionRole')) return `alter role ${role} superuser;`;
  const create = lacking
    .filter(({ source }) => !source.canCreate)
    .map(({ name }) => `grant create on database ${quoteIdentifier(name)} to ${role};`);
  return [...(user.subscribes ? [] : [`grant pg_create_subscription to ${role} with inherit true;`]), ...create].join(
    '\n',
  );
}
