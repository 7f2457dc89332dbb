import { UserError } from '../errors.js';
import { relationKey, shownName } from '../postgres/relation-key.js';
import { readPairs, readShapes, readShapesDigest } from '../state/note-pairs.js';
import { crossings, type Crossing } from '../state/pairs.js';
import type { DatabaseSessions } from './sessions.js';

/** Numbers that change with any name of a table, sequence or column, by database. */
export type NamesSeen = ReadonlyMap<string, string>;

interface Roles {
  readonly from: 'source' | 'target';
  readonly migration: string;
}

/**
 * Before writes stop: names that were swapped on either side since the plan. The whole record is compared.
 * @throws UserError
 */
export async function assertPaired(sessions: readonly DatabaseSessions[], roles: Roles): Promise<NamesSeen> {
  const seen = new Map<string, string>();
  for (const session of sessions) {
    // Before the names: what changes in between is looked at again.
    seen.set(session.database.name, await digestOf(session));
    refuse(await crossingsOf(session, roles), session, 'writes were not stopped');
  }
  return seen;
}

/**
 * In the write stop: that nothing has changed since takes a fraction of the time. Only where something has, all is
 * compared.
 */
export async function assertStillPaired(
  sessions: readonly DatabaseSessions[],
  roles: Roles,
  seen: NamesSeen,
): Promise<void> {
  await Promise.all(
    sessions.map(async session => {
      if ((await digestOf(session)) === seen.get(session.database.name)) return;
      refuse(await crossingsOf(session, roles), session, 'writes go on where they were');
    }),
  );
}

async function digestOf({ lock, to }: DatabaseSessions): Promise<string> {
  return (await Promise.all([readShapesDigest(lock), readShapesDigest(to)])).join(' ');
}

async function crossingsOf(
  { database, lock, to }: DatabaseSessions,
  { from, migration }: Roles,
): Promise<readonly Crossing[]> {
  const [source, target] = from === 'source' ? [lock, to] : [to, lock];
  const pairs = await readPairs(target, migration);
  if (pairs === null) return [];
  const [here, there] = await Promise.all([readShapes(source), readShapes(target)]);
  const brought = new Set(database.tables.map(relationKey));
  return crossings(pairs, { source: here, target: there }).filter(
    each => each.remade !== true || brought.has(relationKey(each)),
  );
}

function refuse(found: readonly Crossing[], { database }: DatabaseSessions, writes: string): void {
  const [first] = found;
  if (first === undefined) return;
  const names = found
    .slice(0, 5)
    .map(each => `${each.kind} ${shownName(each)}${each.column === null ? '' : `.${each.column}`}`)
    .join(', ');
  throw new UserError(
    `"${database.name}": names were swapped, or made again, on one ` +
      `side: ${names}${found.length > 5 ? ` and ${found.length - 5} more` : ''} on ` +
      'the target did not come from what has this name on the source',
    {
      kind: 'stopped',
      code: 'PGM618',
      hint:
        `${writes}; \`pgm plan\` shows what to do. Rows that were written meanwhile are ` +
        'in the wrong one also when the names are swapped back',
    },
  );
}
