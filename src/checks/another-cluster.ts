import type { Check, CheckInput, Seen } from './check.js';

type Side = 'source' | 'target';

/**
 * The side that another cluster cannot stand for: the source as long as rows come from it, the target once it has the
 * writes.
 */
const sides: readonly Side[] = ['source', 'target'];

export const anotherCluster: Check = {
  code: 'PGM114',
  slug: 'another-cluster',
  title: 'Identity of the servers',
  scope: 'any',
  why:
    'An address in the spec that leads to another cluster, a copy or a test system by ' +
    'mistake, would have replication and the rest of the copy go on from rows that are ' +
    'not those that were copied; nothing else would say so.',
  decided:
    'The lockfile has the system identifier (pg_control_system) of both servers. A source with ' +
    'another one, once rows were copied from it; a target with another one, once it has the writes. ' +
    'A standby that was promoted has the identifier of its primary.',
  remedy:
    'Correct the address in the spec. Where the server was rebuilt (a dump that was restored, pg_upgrade), ' +
    'the migration ends here: pgm destroy --gone source, or --gone target, frees the other one.',
  run: input => sides.flatMap(side => seen(input, side)),
};

function seen(input: CheckInput, side: Side): readonly Seen[] {
  const server = input[side];
  const known = input.lockfile?.[side]?.system_identifier ?? '';
  const now = server?.systemIdentifier ?? '';
  if (server === null || known === '' || now === '' || known === now || !matters(input, side)) return [];
  return [
    {
      severity: 'error',
      server: side,
      object: `${server.host}:${server.port}`,
      message:
        `the ${side} (${server.host}:${server.port}) is another cluster ` +
        'than the one that this migration began with',
      current: now,
      required: known,
      remedy:
        `Correct the address of the ${side} in the spec. If that server ` + `was rebuilt: pgm destroy --gone ${side}`,
    },
  ];
}

function matters({ lockfile, facts, target }: CheckInput, side: Side): boolean {
  const reached = lockfile?.reached ?? null;
  if (reached === 'ready') return false;
  if (side === 'target') return reached === 'cutover';
  return (
    reached === 'synced' ||
    reached === 'cutover' ||
    facts.databases.some(database => (database.target?.progress ?? null) !== null) ||
    (target?.remembered ?? null) !== null
  );
}
