import type { ServerFacts } from '../inspect/facts.js';
import { mayEndSessions, mayShut } from '../inspect/rights.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';

export const blockRight: Check = {
  code: 'PGM416',
  slug: 'block-right',
  title: 'Right to shut the old side after a switch',
  scope: 'any',
  why:
    'When the writes have gone over, the databases of the old side are shut and the sessions ' +
    'there are ended: anyone who still wrote there would lose those rows. Only the owner of a ' +
    'database, and members of pg_signal_backend, may do that.',
  decided:
    'With cutover.freeze other than none. The source role owns each database in scope, as itself or by a ' +
    'role it is in, and is in pg_signal_backend; with cutover.failback the target role is in ' +
    'pg_signal_backend too. Superusers may. A warning until cutover is the goal.',
  remedy:
    'alter database D owner to R; grant pg_signal_backend to R; or stop the ' +
    'applications yourself and set cutover: {freeze: none}.',
  run: input => {
    const { source, target, facts, spec, continuous, failback } = input;
    if (!continuous || spec.cutover.freeze === 'none' || facts.databases.length === 0) return [];
    return [
      ...(source === null ? [] : sourceGaps(input, source)),
      ...(target === null || !failback ? [] : signalGap(input, target, 'target')),
    ];
  },
};

function sourceGaps(input: CheckInput, source: ServerFacts): readonly Seen[] {
  const { user } = source;
  const wanted = new Set(input.facts.databases.map(({ name }) => name));
  const foreign = source.databases.filter(({ name, owner }) => wanted.has(name) && !mayShut(source, owner));
  const ownership = foreign.map(({ name, owner }): Seen => ({
    severity: gravity(input),
    server: 'source',
    database: name,
    object: user.name,
    message: `role ${user.name} does not own database ${name}: it could not be shut after the cutover`,
    current: owner,
    required: 'ownership',
    remedy: `${ownershipRemedy(source, name, owner)}\n${otherWay}`,
  }));
  return [...ownership, ...signalGap(input, source, 'source')];
}

/** Nobody is to become a superuser for it. */
function ownershipRemedy({ roles, user }: ServerFacts, database: string, owner: string): string {
  const handOver = `alter database ${quoteIdentifier(database)} owner to ${quoteIdentifier(user.name)};`;
  if (roles.find(({ name }) => name === owner)?.superuser === true) return handOver;
  return `grant ${quoteIdentifier(owner)} to ${quoteIdentifier(user.name)};\n-- or: ${handOver}`;
}

function signalGap(input: CheckInput, facts: ServerFacts, server: 'source' | 'target'): readonly Seen[] {
  if (mayEndSessions(facts)) return [];
  const { user } = facts;
  return [
    {
      severity: gravity(input),
      server,
      object: user.name,
      message:
        `role ${user.name} may not end the sessions of others on ` +
        `the ${server}: ${server === 'source' ? 'writers could stay there after the cutover' : 'there would be no rollback'}`,
      required: 'member of pg_signal_backend',
      remedy: `grant pg_signal_backend to ${quoteIdentifier(user.name)};\n${otherWay}`,
    },
  ];
}

const otherWay = '-- or stop the applications yourself and set in the spec: cutover: {freeze: none}';

function gravity({ spec }: CheckInput): 'error' | 'warning' {
  return spec.goal === 'cutover' || spec.goal === 'ready' ? 'error' : 'warning';
}
