import type { PropertyChange, Side } from '../copy/property-changes.js';
import { propertyMoves } from '../plan/property-moves.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import type { Check, CheckInput, Seen } from './check.js';

export const rolesMoved: Check = {
  code: 'PGM625',
  slug: 'roles-moved',
  title: 'Roles and databases that changed since the copy',
  scope: 'continuous',
  why:
    'Replication carries no roles. A password that was changed since the copy, a role ' +
    'that was locked, a privilege that was taken away would be as before on the side ' +
    'that takes over: the old password is valid again.',
  decided:
    'Roles and databases that pgm made: attributes, password, settings, memberships, privileges, connection ' +
    'limit and comment on the side in use against how they were when pgm last copied them. The state keeps ' +
    'a short salted digest of each, never a hash. Passwords are compared where pg_authid may be read on the ' +
    'side in use. What somebody changed on the other side too is left alone.',
  remedy: 'pgm apply copies it, and a cutover or rollback does so once more before writes stop.',
  run: input => {
    const { source, target, spec, lockfile, failback } = input;
    const handedOver = lockfile?.reached === 'cutover';
    if (source === null || target === null || lockfile?.reached === 'ready' || (handedOver && !failback)) return [];
    const leads: Side = handedOver ? 'target' : 'source';
    const [leader, follower] = handedOver ? [target, source] : [source, target];
    const { changes, both, gone } = propertyMoves(spec, lockfile, { leader, follower, leads });
    return [
      ...byName(changes).map(each => brought(input, leads, each)),
      ...byName(both).map(each => onBoth(leads, each)),
      ...gone.map(name => dropped(leads, name)),
    ];
  },
};

const otherSide = (side: Side): Side => (side === 'source' ? 'target' : 'source');

interface Moved {
  readonly words: string;
  readonly changes: readonly PropertyChange[];
}

function byName(changes: readonly PropertyChange[]): readonly Moved[] {
  return [...new Set(changes.map(({ key }) => key))].map(key => {
    const own = changes.filter(change => change.key === key);
    const [first] = own;
    return { words: `${first?.kind ?? ''} ${first?.name ?? ''}`, changes: own };
  });
}

const aspects = ({ changes }: Moved): string => changes.map(({ aspect }) => aspect).join(', ');

function brought({ spec, lockfile }: CheckInput, leads: Side, moved: Moved): Seen {
  const goesBack = lockfile?.reached === 'cutover' && spec.goal === 'synced';
  const now = leads === 'source' || goesBack;
  return {
    severity: 'info',
    server: leads,
    object: moved.words,
    message: `${moved.words}: ${aspects(moved)} changed on the ${leads} since pgm copied it`,
    current: aspects(moved),
    ...(now
      ? { status: 'change', step: `${otherSide(leads)}/role/changes` }
      : { remedy: 'pgm rollback   # copies it to the source first' }),
  };
}

function onBoth(leads: Side, moved: Moved): Seen {
  const statements = moved.changes.flatMap(({ aspect, name, statements: own }) =>
    aspect === 'password'
      ? [`\\password ${quoteIdentifier(name)}`]
      : own.map(({ statement, hidden }) => `${hidden === undefined ? '' : '-- with its value: '}${statement};`),
  );
  return {
    severity: 'warning',
    server: otherSide(leads),
    object: moved.words,
    message:
      `${moved.words}: ${aspects(moved)} changed on both sides since pgm ` +
      `copied it; the ${otherSide(leads)}'s is left as it is`,
    current: aspects(moved),
    remedy: `-- on the ${otherSide(leads)}, to have it as on the ${leads}:\n${statements.join('\n')}`,
  };
}

function dropped(leads: Side, name: string): Seen {
  const role = quoteIdentifier(name);
  return {
    severity: 'warning',
    server: otherSide(leads),
    object: `role ${name}`,
    message: `role ${name} was dropped on the ${leads}, and may still log in on the ${otherSide(leads)}`,
    current: 'there',
    remedy: `alter role ${role} nologin;   -- or, when it owns nothing there: drop role ${role};`,
  };
}
