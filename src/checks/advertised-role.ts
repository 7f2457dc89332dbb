import type { DatabaseListing, RoleFacts, ServerFacts } from '../inspect/facts.js';
import { dialledRole } from '../postgres/dial-conninfo.js';

import { quoteIdentifier } from '../postgres/identifiers.js';
import { shutBySwitch } from '../plan/half-switch.js';
import { gravity } from './failback.js';
import type { Check, CheckInput, Seen } from './check.js';

export const advertisedRole: Check = {
  code: 'PGM421',
  slug: 'advertised-role',
  title: 'The advertised role',
  scope: 'continuous',
  why:
    'The other server stores the role of advertise with its password and connects by it; ' +
    'a role for replication alone is all that it gets to know.',
  decided:
    'Only with advertise.user; of the target only with cutover.failback. LOGIN and REPLICATION (or ' +
    'membership in rds_replication) of the role, CONNECT on each database in scope (with ' +
    'cutover.failback by a grant of its own: a switch takes it from PUBLIC and from applications, and ' +
    'the reverse lane connects to the side that is still shut), and whether the server takes the password of ' +
    'the spec from pgm. SELECT on the tables is not needed.',
  remedy: 'create role R login replication; with \\password R; and grant connect on database D to R;',
  providers: { rds: 'grant rds_replication to R;', aurora: 'grant rds_replication to R;' },
  run: input => sides(input).flatMap(([server, facts]) => lacking(input, server, facts)),
};

type Side = 'source' | 'target';

function sides({ spec, source, target, failback }: CheckInput): readonly (readonly [Side, ServerFacts])[] {
  const told: readonly (readonly [Side, ServerFacts | null])[] = [
    ['source', source],
    ['target', failback ? target : null],
  ];
  return told.flatMap(([side, facts]) =>
    facts === null || spec[side].advertise.user === undefined ? [] : [[side, facts] as const],
  );
}

function lacking(input: CheckInput, server: Side, facts: ServerFacts): readonly Seen[] {
  const {
    spec,
    facts: { databases, advertised },
  } = input;
  const { user } = dialledRole(spec[server]);
  const name = quoteIdentifier(user);
  const severity = server === 'source' ? 'error' : gravity(input);
  const seen = { severity, server, object: user } as const;
  const role = facts.roles.find(each => each.name === user);
  if (role === undefined)
    return [
      {
        ...seen,
        message: `role ${user}, which ${server}.advertise names, is not there`,
        current: null,
        required: 'LOGIN, REPLICATION',
        remedy: `create role ${name} login replication;\n\\password ${name}`,
      },
    ];
  const refused = advertised?.[server] ?? null;
  // A switch took CONNECT away there; nobody dials that side until it is given back.
  const shut = new Set(shutBySwitch(input.lockfile, server).map(({ database }) => database));
  return [
    ...rightsLacking(seen, facts, role, name),
    ...databases.flatMap(({ name: database }): Seen[] => {
      const listing = facts.databases.find(each => each.name === database);
      if (listing === undefined || shut.has(database) || mayConnect(facts.roles, listing, role, input.failback))
        return [];
      return [
        {
          ...seen,
          severity: mayConnect(facts.roles, listing, role, false) ? gravity(input) : severity,
          database,
          message: `role ${user} has no right of its own to connect to database ${database} of the ${server}`,
          current: 'no CONNECT',
          required: 'CONNECT',
          remedy: `grant connect on database ${quoteIdentifier(database)} to ${name};`,
        },
      ];
    }),
    ...(refused === null
      ? []
      : [
          {
            ...seen,
            message: `the ${server} does not take the password of role ${user}: ${refused}`,
            current: 'another password',
            required: 'the password of the spec',
            remedy: `\\password ${name}\n-- in psql on the ${server}; or put its password in ${server}.advertise`,
          },
        ]),
  ];
}

function rightsLacking(
  seen: Pick<Seen, 'severity' | 'server'> & { readonly object: string },
  facts: ServerFacts,
  role: RoleFacts,
  name: string,
): readonly Seen[] {
  const isRds = facts.provider === 'rds' || facts.provider === 'aurora';
  const replicates = role.superuser || role.replication || rolesOf(facts.roles, role.name).includes('rds_replication');
  const missing = [...(role.canLogin ? [] : ['LOGIN']), ...(replicates ? [] : ['REPLICATION'])];
  if (missing.length === 0) return [];
  const words = missing.filter(each => !isRds || each !== 'REPLICATION').map(each => each.toLowerCase());
  const alter = words.length === 0 ? [] : [`alter role ${name} ${words.join(' ')};`];
  const grant = isRds && missing.includes('REPLICATION') ? [`grant rds_replication to ${name};`] : [];
  return [
    {
      ...seen,
      message: `role ${role.name} may not replicate: it lacks ${missing.join(' and ')}`,
      current: `no ${missing.join(', no ')}`,
      required: missing.join(', '),
      remedy: [...alter, ...grant].join('\n'),
    },
  ];
}

/**
 * By a grant of its own; by PUBLIC or a role it is in only where no switch is to come back, since that takes those
 * away.
 */
function mayConnect(
  roles: readonly RoleFacts[],
  { grants }: DatabaseListing,
  role: RoleFacts,
  failback: boolean,
): boolean {
  if (role.superuser || (grants === null && !failback)) return true;
  const names = [role.name, ...(failback ? [] : rolesOf(roles, role.name))];
  return (grants ?? []).some(
    ({ grantee, privilege }) => privilege === 'CONNECT' && (grantee === null ? !failback : names.includes(grantee)),
  );
}

/** Roles that it is a member of, directly or not. */
export function rolesOf(roles: readonly RoleFacts[], name: string): readonly string[] {
  const found = new Set<string>();
  const add = (each: string): void => {
    for (const { role } of roles.find(one => one.name === each)?.memberOf ?? []) {
      if (found.has(role)) continue;
      found.add(role);
      add(role);
    }
  };
  add(name);
  return [...found];
}
