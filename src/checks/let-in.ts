import type { HbaRule, RoleFacts, ServerFacts } from '../inspect/facts.js';
import { ownOf } from '../inspect/managed.js';
import type { BlockRecord, SeenClient } from '../state/lockfile.js';
import { rolesOf } from './advertised-role.js';
import { possibleRules, type ClientQuestion, type PossibleRules } from './hba-client.js';
import { isLoopback } from './hba-match.js';

/** What keeps a client out of the server that takes over, or may. */
export type Obstacle =
  | { readonly kind: 'no-role' | 'no-login' | 'expired' | 'no-connect' | 'closed-database' }
  | { readonly kind: 'no-rule' | 'no-tls' }
  | { readonly kind: 'rejected' | 'wrong-hash' | 'no-password' | 'asks-password' | 'asks-certificate' | 'tls-only'; readonly rule: HbaRule }
  /** Something other than the server decides: LDAP, RADIUS, Kerberos … */
  | { readonly kind: 'asks-others'; readonly rule: HbaRule }
  /** Which rule decides cannot be told, and one that may keeps it out. */
  | { readonly kind: 'perhaps'; readonly rule: HbaRule | null }
  /** Comes by a socket of the server's own machine. */
  | { readonly kind: 'socket' }; // prettier-ignore

export interface LetInQuestion {
  readonly client: SeenClient;
  readonly leader: ServerFacts;
  readonly follower: ServerFacts;
  /** pgm makes roles that the follower lacks. */
  readonly copiesRoles: boolean;
  /** What the databases of the follower were before a switch shut them. */
  readonly shut: readonly BlockRecord[];
}

/** Everything that stands in a client's way, by what both servers say of themselves. */
export function obstaclesOf(question: LetInQuestion): readonly Obstacle[] {
  const { client, follower } = question;
  const role = roleThere(question);
  if (role === null) return [{ kind: 'no-role' }];
  const catalogs = [
    ...(role.canLogin ? [] : [{ kind: 'no-login' } as const]),
    ...(role.superuser || mayConnect(question, role) ? [] : [{ kind: 'no-connect' } as const]),
    ...(isClosed(question) ? [{ kind: 'closed-database' } as const] : []),
  ];
  if (client.transport === 'socket') return [...catalogs, { kind: 'socket' }];
  if (follower.hba === null) return [...catalogs, ...(role.expired === true ? [{ kind: 'expired' } as const] : [])];
  return [...catalogs, ...transportObstacles(question, role)];
}

/** The role as it is there, or will be once pgm has made it. */
function roleThere({ client, leader, follower, copiesRoles }: LetInQuestion): RoleFacts | null {
  const there = follower.roles.find(({ name }) => name === client.role);
  if (there !== undefined) return there;
  const here = leader.roles.find(({ name }) => name === client.role);
  const comes = copiesRoles && client.role !== 'postgres' && ownOf(leader.provider).roles?.test(client.role) !== true;
  return comes ? (here ?? null) : null;
}

function memberships({ client, leader, follower }: LetInQuestion): readonly string[] {
  const isThere = follower.roles.some(({ name }) => name === client.role);
  return rolesOf(isThere ? follower.roles : leader.roles, client.role);
}

/** By a grant to it, to a role that it is in, or to everyone; one that a switch took counts, since a switch puts it back. */
function mayConnect(question: LetInQuestion, role: RoleFacts): boolean {
  const { client, leader, follower, shut } = question;
  const database =
    follower.databases.find(({ name }) => name === client.database) ??
    leader.databases.find(({ name }) => name === client.database);
  const names = [role.name, ...memberships(question)];
  const before = shut.find(each => each.database === client.database);
  if (before !== undefined) return before.connect.some(grantee => grantee === '' || names.includes(grantee));
  return (
    database === undefined ||
    database.grants === null ||
    database.grants.some(
      ({ grantee, privilege }) => privilege === 'CONNECT' && (grantee === null || names.includes(grantee)),
    )
  );
}

function isClosed({ client, follower }: LetInQuestion): boolean {
  return follower.databases.find(({ name }) => name === client.database)?.allowsConnections === false;
}

function transportObstacles(question: LetInQuestion, role: RoleFacts): readonly Obstacle[] {
  const { transport } = question.client;
  const hasTls = question.follower.settings.get('ssl')?.value === 'on';
  if (transport === 'unknown') {
    const tried = (hasTls ? (['tls', 'plain'] as const) : (['plain'] as const)).map(each =>
      ruled(question, role, each),
    );
    return tried.find(each => each.length === 0) ?? tried[0] ?? [];
  }
  if (transport === 'tls' && !hasTls) return [{ kind: 'no-tls' }, ...ruled(question, role, 'plain')];
  const found = ruled(question, role, transport === 'tls' || transport === 'gss' ? transport : 'plain');
  const [first] = found;
  if (transport !== 'plain' || !hasTls || first === undefined || !('rule' in first || first.kind === 'no-rule'))
    return found;
  const encrypted = rulesThere(question, 'tls').rules[0];
  return ruled(question, role, 'tls').length === 0 && encrypted !== undefined
    ? [{ kind: 'tls-only', rule: encrypted }]
    : found;
}

function rulesThere(question: LetInQuestion, transport: ClientQuestion['transport']): PossibleRules {
  const { client, follower } = question;
  return possibleRules(follower.hba ?? [], {
    address: addressThere(question),
    database: client.database,
    user: client.role,
    memberOf: memberships(question),
    transport,
    serverAddress: follower.clients.serverAddress,
  });
}

/**
 * Where the other server sees it come from: from where this one sees it, but for one on this server's own machine.
 */
export function addressThere({
  client,
  leader,
  follower,
}: Pick<LetInQuestion, 'client' | 'leader' | 'follower'>): string | null {
  if (client.address === null || !isLoopback(client.address)) return client.address;
  const [here, there] = [leader.clients.serverAddress, follower.clients.serverAddress];
  if (there !== null && (isLoopback(there) || there === here)) return client.address;
  return here === null || isLoopback(here) ? null : here;
}

function ruled(question: LetInQuestion, role: RoleFacts, transport: ClientQuestion['transport']): readonly Obstacle[] {
  const { rules, mayFitNone } = rulesThere(question, transport);
  const [first] = rules;
  if (first === undefined) return [{ kind: 'no-rule' }];
  const verdicts = rules.map(rule => byRule(question, role, rule));
  const refused = verdicts.findIndex(verdict => verdict !== null && verdict.kind !== 'asks-others');
  if (rules.length === 1 && !mayFitNone) return verdicts[0] === null || verdicts[0] === undefined ? [] : [verdicts[0]];
  if (refused === -1 && !mayFitNone)
    return verdicts.find(verdict => verdict !== null) === undefined
      ? []
      : verdicts.filter(verdict => verdict !== null).slice(0, 1);
  if (refused !== -1 && !mayFitNone && verdicts.every(verdict => verdict !== null && verdict.kind !== 'asks-others'))
    return [verdicts[refused] ?? { kind: 'no-rule' }];
  return [{ kind: 'perhaps', rule: rules[refused] ?? (mayFitNone ? null : first) }];
}

const byPassword = new Set(['password', 'md5', 'scram-sha-256']);
const withoutPassword = new Set(['trust', 'peer', 'ident', 'cert']);

/** null: this rule lets it in. */
function byRule(question: LetInQuestion, role: RoleFacts, rule: HbaRule): Obstacle | null {
  const { client } = question;
  if (rule.method === 'reject') return { kind: 'rejected', rule };
  const wantsCertificate =
    rule.method === 'cert' || (rule.options ?? []).some(each => /^clientcert=verify-/.test(each));
  if (wantsCertificate && !client.certificate) return { kind: 'asks-certificate', rule };
  if (rule.method === 'trust' || rule.method === 'cert') return null;
  if (!byPassword.has(rule.method)) return { kind: 'asks-others', rule };
  if (role.expired === true) return { kind: 'expired' };
  if (role.passwordForm === 'none') return { kind: 'no-password', rule };
  if (role.passwordForm === 'md5' && rule.method === 'scram-sha-256') return { kind: 'wrong-hash', rule };
  return logsInWithout(question) ? { kind: 'asks-password', rule } : null;
}

/** It is let in without a password today, so that it may well have none to give. */
function logsInWithout({ client, leader }: LetInQuestion): boolean {
  if (leader.hba === null || client.transport === 'unknown' || client.transport === 'socket') return false;
  const { rules, mayFitNone } = possibleRules(leader.hba, {
    address: client.address,
    database: client.database,
    user: client.role,
    memberOf: rolesOf(leader.roles, client.role),
    transport: client.transport,
    serverAddress: leader.clients.serverAddress,
  });
  return !mayFitNone && rules.length > 0 && rules.every(({ method }) => withoutPassword.has(method));
}
