import {
  alterPassword,
  movedProperties,
  type MovedProperties,
  type PropertyChange,
  type Side,
} from '../copy/property-changes.js';
import { attempt, refusedByThisServer } from '../copy/refusals.js';
import { readDatabases } from '../inspect/listing.js';
import { markAgain, markOf, propertiesOf, type Aspect, type PropertyFacts } from '../inspect/properties.js';
import { readOfAllRoles, readParameterGrants, readRoles } from '../inspect/roles.js';
import type { Connection } from '../postgres/connection.js';
import { reportError } from '../postgres/errors.js';
import { privateStatement, type PrivateStatement } from '../postgres/private-statement.js';
import { plural } from '../quantities.js';
import type { PropertyMark } from '../state/lockfile.js';
import type { StepContext } from './context.js';
import { preloadRefusal } from './preload-libraries.js';
import { readPasswordHashes } from './role-passwords.js';
import type { StepKind } from './step-kind.js';

export interface FollowInput {
  /** The side in use. */
  readonly leads: Side;
  /** What the plan knows of. */
  readonly changes: readonly PropertyChange[];
}

const otherSide = (side: Side): Side => (side === 'source' ? 'target' : 'source');

/**
 * Roles and databases that changed on the side in use since they were brought: passwords, attributes, settings, grants.
 */
export const followedProperties: StepKind<FollowInput, 'role'> = {
  kind: 'role',

  describe: ({ leads, changes }) => ({
    title:
      'copy what changed ' +
      `of ${plural(new Set(changes.map(({ key }) => key)).size, 'role or database', 'roles and databases')} ` +
      `on the ${leads}`,
    action: 'update',
    server: otherSide(leads),
    object: 'changes',
    statements: changes.flatMap(({ statements }) => statements.map(({ statement }) => `${statement};`)),
    reversible: false,
  }),

  async run(context, { leads }) {
    const brought = await bringMoved(context, leads);
    return { outcome: plural(brought, 'change') };
  },
};

/** As the switch finds them, which may be long after the plan. What cannot be brought is said. */
export async function bringMovedBeforeSwitch(context: StepContext, leads: Side): Promise<void> {
  if (context.spec.roles === 'skip') return;
  try {
    await bringMoved(context, leads);
  } catch (error) {
    context.warn(
      `what changed of roles and databases on the ${leads} could not be copied: ${reportError(error).message}`,
    );
  }
}

async function bringMoved(context: StepContext, leads: Side): Promise<number> {
  const { followed = {}, cutover, shut } = context.state.read();
  if (Object.keys(followed).length === 0) return 0;
  const leader = await readProperties(context, leads);
  const follower = await readProperties(context, otherSide(leads));
  const switched = cutover !== null || shut !== undefined;
  const moved = movedProperties({ leader, follower, leads, marks: followed, switched });
  sayLeft(context, moved, leads);
  if (moved.changes.length === 0) return 0;
  const names = moved.changes.filter(({ aspect }) => aspect === 'password').map(({ name }) => name);
  const hashes = await onSide(context, leads, connection => readPasswordHashes(connection, names));
  const done = await onSide(context, otherSide(leads), connection =>
    connection.transaction(() => bring(connection, context, moved.changes, hashes)),
  );
  const now = propertiesOf(await readProperties(context, otherSide(leads)));
  const here = propertiesOf(leader);
  const marks: Record<string, PropertyMark> = {};
  for (const [key, aspects] of done) {
    const mine = here.get(key);
    const theirs = now.get(key);
    const before = followed[key];
    if (mine === undefined || theirs === undefined || before === undefined) continue;
    const [ofLeader, ofFollower] = [
      markAgain(mine, before[leads], aspects),
      markAgain(theirs, before[otherSide(leads)], aspects),
    ];
    marks[key] =
      leads === 'source' ? { source: ofLeader, target: ofFollower } : { source: ofFollower, target: ofLeader };
  }
  await context.state.recordFollowed(marks);
  return [...done.values()].reduce((sum, aspects) => sum + aspects.size, 0);
}

/** @returns by key what the server took in full */
async function bring(
  connection: Connection,
  context: StepContext,
  changes: readonly PropertyChange[],
  hashes: ReadonlyMap<string, string> | null,
): Promise<ReadonlyMap<string, ReadonlySet<Aspect>>> {
  const done = new Map<string, Set<Aspect>>();
  for (const { key, name, aspect, statements } of changes) {
    let isWhole = true;
    for (const { setting, statement, hidden } of statements) {
      const sent = aspect === 'password' ? passwordStatement(name, hashes?.get(name)) : (hidden ?? statement);
      const refusal =
        aspect === 'password' && hashes === null
          ? 'password hashes cannot be read'
          : ((setting === null ? null : await preloadRefusal(context, setting)) ??
            (await attempt(connection, sent, refusedByThisServer)));
      if (refusal === null) continue;
      isWhole = false;
      context.warn(`not taken over: ${statement} (${refusal})`);
    }
    if (isWhole) done.set(key, (done.get(key) ?? new Set()).add(aspect));
  }
  return done;
}

/** A hash is no password, but good for a dictionary attack. */
function passwordStatement(name: string, hash: string | undefined): string | PrivateStatement {
  if (hash === undefined) return alterPassword(name, null);
  return privateStatement([hash], ([shown = null]) => alterPassword(name, shown));
}

function sayLeft(context: StepContext, { both, gone }: MovedProperties, leads: Side): void {
  for (const { kind, name, aspect } of both)
    context.warn(`${kind} ${name}: ${aspect} changed on both sides; the ${otherSide(leads)}'s is left as it is`);
  if (gone.length > 0)
    context.warn(
      `dropped on the ${leads} and still on the ${otherSide(leads)}, where they may log in: ${gone.join(', ')}`,
    );
}

/** Only what is followed until a switch is remembered. */
const isFollowed = ({ method, spec }: StepContext): boolean => method !== 'dump' && spec.roles !== 'skip';

/** Notes how roles and databases are that pgm has just made: what changes of them later is brought. */
export async function recordBrought(
  context: StepContext,
  keys: readonly string[],
  notOurs: readonly string[] = [],
): Promise<void> {
  if (!isFollowed(context) || keys.length + notOurs.length === 0) return;
  const source = propertiesOf(await readProperties(context, 'source'));
  const target = propertiesOf(await readProperties(context, 'target'));
  const marks: Record<string, PropertyMark | null> = Object.fromEntries(notOurs.map(key => [key, null]));
  for (const key of keys) {
    const [mine, theirs] = [source.get(key), target.get(key)];
    if (mine !== undefined && theirs !== undefined) marks[key] = { source: markOf(mine), target: markOf(theirs) };
  }
  await context.state.recordFollowed(marks);
}

/** Before they are made: a run that is killed right after the commit has made them too. */
export async function recordMaking(context: StepContext, keys: readonly string[], made: Side): Promise<void> {
  if (!isFollowed(context)) return;
  const leader = propertiesOf(await readProperties(context, otherSide(made)));
  const marks: Record<string, PropertyMark> = {};
  for (const key of keys) {
    const properties = leader.get(key);
    if (properties === undefined) continue;
    const mark = markOf(properties);
    marks[key] = made === 'target' ? { source: mark, target: null } : { source: null, target: mark };
  }
  await context.state.recordFollowed(marks);
}

export function onSide<T>(context: StepContext, side: Side, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { source, target } = context.spec;
  return side === 'source'
    ? context.withSource(source.connection.database, use)
    : context.withTarget(target.connection.database, use);
}

/** As it is at this moment; the plan may be hours old. */
function readProperties(context: StepContext, side: Side): Promise<PropertyFacts> {
  const { versionNum, user, provider } = context[side];
  return onSide(context, side, async connection => {
    const { canReadPasswords } = await readOfAllRoles(connection);
    return {
      versionNum,
      user,
      provider,
      canReadPasswords,
      roles: await readRoles(connection, versionNum, canReadPasswords),
      databases: await readDatabases(connection, versionNum),
      parameterGrants: await readParameterGrants(connection, versionNum),
    };
  });
}
