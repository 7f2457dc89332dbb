import { leftShut, shutBySwitch } from '../plan/half-switch.js';
import { plural } from '../quantities.js';
import type { SeenClient } from '../state/lockfile.js';
import type { Check, CheckInput, Seen } from './check.js';
import { handoverOf, knownClients, type Handover } from './handover.js';
import { obstacleInWords } from './let-in-words.js';
import { obstaclesOf, type Obstacle } from './let-in.js';

export const clientLogins: Check = {
  code: 'PGM702',
  slug: 'client-logins',
  title: 'Client logins on the server that takes over',
  scope: 'any',
  momentary: true,
  why:
    'pg_hba.conf, passwords, VALID UNTIL, LOGIN and CONNECT are of each server by itself. A role that the ' +
    'target turns away notices it at the cutover, when its sessions on the source have ended.',
  decided:
    'Sessions of clients in the databases in scope, as apply, status and watch saw them over the time of the ' +
    "migration: role, database, address and TLS of each against the target's pg_hba_file_rules, in order, the " +
    'stored form of its password, its attributes and CONNECT. pgm assumes that a client comes to the target ' +
    "from the address that the source sees; one on the source's own machine comes from that machine's. " +
    'Where pg_hba.conf may not be read, the catalogs alone decide, and the finding says so.',
  remedy: 'The line for pg_hba.conf, the grant or the attribute that is missing, on the target.',
  run: input => {
    const handover = handoverOf(input);
    if (handover === null) return [];
    const clients = knownClients(input, handover);
    const found = new Map<string, Turned>();
    for (const client of clients) {
      for (const obstacle of obstaclesOf({ ...handover, client, ...answersOf(input, handover) })) {
        const key = keyOf(client, obstacle);
        found.set(key, { obstacle, clients: [...(found.get(key)?.clients ?? []), client] });
      }
    }
    return [
      ...[...found.values()].map(turned => seenOf(handover, turned)),
      ...unreadable(handover, clients),
      ...(found.size === 0 && clients.length > 0 && handover.follower.hba !== null ? [allIn(handover, clients)] : []),
    ];
  },
};

interface Turned {
  readonly obstacle: Obstacle;
  readonly clients: readonly SeenClient[];
}

function answersOf({ spec, lockfile }: CheckInput, { to }: Handover) {
  return { copiesRoles: spec.roles === 'copy', shut: leftShut(lockfile, to) ?? shutBySwitch(lockfile, to) };
}

/** One finding for each role and cause; for a database where the cause is the database's. */
function keyOf({ role, database }: SeenClient, obstacle: Obstacle): string {
  const { kind } = obstacle;
  const line = 'rule' in obstacle ? (obstacle.rule?.line ?? 0) : 0;
  const ofRole = ['no-role', 'no-login', 'expired', 'socket', 'no-tls'].includes(kind);
  return JSON.stringify([kind, kind === 'no-tls' || kind === 'socket' ? '' : role, ofRole ? '' : database, line]);
}

function seenOf({ to, leader, follower }: Handover, { obstacle, clients }: Turned): Seen {
  const roles = [...new Set(clients.map(each => each.role))];
  const databases = [...new Set(clients.map(({ database }) => database))];
  const who = `${roles.length === 1 ? 'role' : 'roles'} ${listed(roles)} in ${listed(databases)}${from(clients)}`;
  const told = obstacleInWords(obstacle, { to, leader, follower, clients, role: roles[0] ?? '', databases });
  return {
    severity: told.remedy === null ? 'info' : 'warning',
    server: to,
    object: roles[0] ?? '',
    message: `${who}: ${told.words}`,
    current: `${plural(sum(clients), 'session')} seen at once`,
    ...(told.remedy === null ? {} : { remedy: told.remedy }),
  };
}

function unreadable({ to, follower }: Handover, clients: readonly SeenClient[]): readonly Seen[] {
  if (follower.hba !== null || clients.length === 0) return [];
  const roles = [...new Set(clients.map(({ role }) => role))];
  const place = follower.provider === null ? '' : ", nor the service's firewall";
  return [
    {
      severity: 'info',
      server: to,
      object: 'pg_hba.conf',
      message:
        `role ${follower.user.name} may not read pg_hba.conf of the ${to}${place}: whether it lets in ` +
        `${listed(roles)}${from(clients)} is not known; LOGIN, VALID UNTIL and CONNECT were checked`,
      current: null,
    },
  ];
}

function allIn({ to }: Handover, clients: readonly SeenClient[]): Seen {
  const roles = new Set(clients.map(({ role }) => role));
  return {
    severity: 'ok',
    server: to,
    object: 'pg_hba.conf',
    message: `the ${to} lets in ${plural(roles.size, 'role')} that use the databases now`,
  };
}

function from(clients: readonly SeenClient[]): string {
  const addresses = [...new Set(clients.flatMap(({ address }) => address ?? []))];
  return addresses.length === 0 ? '' : ` from ${listed(addresses)}`;
}

function listed(names: readonly string[], most = 5): string {
  return names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

function sum(clients: readonly SeenClient[]): number {
  return clients.reduce((total, { peak }) => total + peak, 0);
}
