import type { ServerFacts } from '../inspect/facts.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';
import { handoverOf, knownClients, peakSessions, type Handover } from './handover.js';
import { numericSetting, settingRemedy } from './setting-change.js';

export const applicationRoom: Check = {
  code: 'PGM705',
  slug: 'application-room',
  title: 'Room for the application on the server that takes over',
  scope: 'any',
  momentary: true,
  why:
    'All sessions of the source come to the target at once. Where it allows fewer, the last ones are refused ' +
    '(too many connections), and a pool takes that for an outage.',
  decided:
    'The most sessions at once that apply, status and watch saw, against max_connections less what is reserved ' +
    'and in use on the target; of each role and database against its CONNECTION LIMIT there; ' +
    'max_locks_per_transaction against that of the source, and max_prepared_transactions where the source has ' +
    'prepared transactions now.',
  remedy: 'Raise the setting and restart the target, or the limit of the role or database.',
  run: input => {
    const handover = handoverOf(input);
    return handover === null
      ? []
      : [
          ...sessions(input, handover),
          ...limits(input, handover),
          ...locks(handover),
          ...preparedTransactions(handover),
        ];
  },
};

/** Connections that the application can have; null: not known. */
function freeFor(server: ServerFacts): number | null {
  const most = numericSetting(server, 'max_connections');
  const reserved = (name: string): number => numericSetting(server, name) ?? 0;
  return most === null
    ? null
    : most - reserved('superuser_reserved_connections') - reserved('reserved_connections') - server.clients.total;
}

function sessions(input: CheckInput, { to, from, leader, follower, ...rest }: Handover): readonly Seen[] {
  const free = freeFor(follower);
  const peak = peakSessions(input, { to, from, leader, follower, ...rest });
  const most = numericSetting(follower, 'max_connections');
  if (free === null || most === null || peak <= free) return [];
  return [
    {
      severity: 'warning',
      server: to,
      object: 'max_connections',
      message: `${peak} sessions were open on the ${from} at once, the ${to} has ${free} connections free`,
      current: String(free),
      required: String(peak),
      remedy: settingRemedy(
        { server: to, facts: follower, name: 'max_connections', value: String(most + peak - free) },
        true,
      ),
    },
  ];
}

/** Of roles and databases as they are there; superusers are held to none. */
function limits(input: CheckInput, handover: Handover): readonly Seen[] {
  const { to, from, follower, leader } = handover;
  const clients = knownClients(input, handover).filter(
    ({ role }) => leader.roles.find(({ name }) => name === role)?.superuser !== true,
  );
  const most = (by: 'role' | 'database', name: string): number =>
    Math.max(
      ...clients.filter(each => each[by] === name).map(({ peak }) => peak),
      leader.clients.groups.filter(each => each[by] === name).reduce((total, each) => total + each.sessions, 0),
    );
  const of = (by: 'role' | 'database', all: readonly { readonly name: string; readonly connectionLimit: number }[]) =>
    [...new Set(clients.map(each => each[by]))].flatMap((name): Seen[] => {
      const limit = all.find(each => each.name === name)?.connectionLimit ?? -1;
      const peak = most(by, name);
      if (limit < 0 || peak <= limit) return [];
      return [
        {
          severity: 'warning',
          server: to,
          ...(by === 'database' ? { database: name } : {}),
          object: name,
          message: `${by} ${name} may have ${limit} connections on the ${to}, and had ${peak} at once on the ${from}`,
          current: String(limit),
          required: String(peak),
          remedy: `alter ${by} ${quoteIdentifier(name)} connection limit ${peak};   -- on the ${to}`,
        },
      ];
    });
  return [...of('role', follower.roles), ...of('database', follower.databases)];
}

function locks({ to, from, leader, follower }: Handover): readonly Seen[] {
  const [was, is] = [leader, follower].map(server => numericSetting(server, 'max_locks_per_transaction'));
  if (was === null || was === undefined || is === null || is === undefined || is >= was) return [];
  return [
    {
      severity: 'warning',
      server: to,
      object: 'max_locks_per_transaction',
      message:
        `max_locks_per_transaction is ${is}, on the ${from} ${was}: a transaction that touches many tables or ` +
        'partitions there fails here (out of shared memory)',
      current: String(is),
      required: String(was),
      remedy: settingRemedy(
        { server: to, facts: follower, name: 'max_locks_per_transaction', value: String(was) },
        true,
      ),
    },
  ];
}

function preparedTransactions({ to, from, leader, follower }: Handover): readonly Seen[] {
  const [was, is] = [leader, follower].map(server => numericSetting(server, 'max_prepared_transactions'));
  const used = leader.writers.filter(({ kind }) => kind === 'prepared').length;
  if (was === null || was === undefined || is === null || is === undefined || used === 0 || is > 0) return [];
  return [
    {
      severity: 'warning',
      server: to,
      object: 'max_prepared_transactions',
      message:
        `max_prepared_transactions is 0, on the ${from} ${was} with ${used} prepared now: ` +
        'PREPARE TRANSACTION is refused',
      current: '0',
      required: String(was),
      remedy: settingRemedy(
        { server: to, facts: follower, name: 'max_prepared_transactions', value: String(was) },
        true,
      ),
    },
  ];
}
