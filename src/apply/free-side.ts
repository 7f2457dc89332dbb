import { isOurs } from '../checks/check.js';
import { UserError } from '../errors.js';
import type { ServerFacts } from '../inspect/facts.js';
import { inspectServer } from '../inspect/server.js';
import { leftShut, shutBySwitch, unfinishedSwitch } from '../plan/half-switch.js';
import { reportError } from '../postgres/errors.js';
import { dropPublication, dropSlot, dropSubscription } from '../replication/statements.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { openBackend } from '../state/open-backend.js';
import { withRunLock, type RunLock } from '../state/run-lock.js';
import { openStateSession, type StateSession } from '../state/state-session.js';
import { reach, withFields } from '../state/transitions.js';
import { openDatabase } from './block-removals.js';
import { clearDeadRun } from './end-run-sessions.js';
import type { Report } from './operations.js';
import { carryOutRemovals, joined, laneRemovals, type Removal, type Removals, type Say } from './removals.js';
import { settingRemovals } from './setting-removals.js';
import { forgetSettingsOf } from './settings-memory.js';
import { sweepDatabases } from './sweep-databases.js';

export type Side = 'source' | 'target';

export interface FreeOptions {
  /** `stop`: slots and subscriptions only. `close`: all but changed settings. `destroy`: all. */
  readonly command: 'stop' | 'close' | 'destroy';
  readonly gone: Side;
  readonly approve: (lines: readonly string[], stays: readonly string[]) => Promise<boolean>;
  readonly lockTimeout: number;
  readonly signal: AbortSignal;
}

/** Codes of a server that is there, whatever it says to us. */
const answering: ReadonlySet<string> = new Set([
  'authentication',
  'no-hba-entry',
  'no-database',
  'too-many-connections',
  'starting-up',
  'pooler',
  'tls',
]);

/**
 * One server is gone for ever: the other is freed of what pgm made for the two, so that no slot fills its disk and no
 * subscription tries for ever, and takes writes. What lay on the gone one cannot be asked, and is said.
 */
export async function freeSide(spec: Spec, options: FreeOptions, report: Report): Promise<void> {
  const say: Say = (severity, message) =>
    report({ type: 'diagnostic', severity, message, at: new Date().toISOString() });
  const { gone, command } = options;
  const stored = await openBackend(spec)
    .read()
    .catch((error: unknown) => error);
  const readable = stored === null || isLockfile(stored);
  const lockfile = isLockfile(stored) ? stored : null;
  await assertGone(spec, gone, lockfile);
  const side = gone === 'source' ? 'target' : 'source';
  const server = await inspectServer(spec[side].connection, spec.name);
  if (server.kind === 'unreachable')
    throw new UserError(`the ${side} cannot be reached either: ${server.message}`, { kind: 'blocked', code: 'PGM101' });
  if (!readable)
    say(
      'warning',
      `the state cannot be read (${reportError(stored).message}): what pgm made is found by ` +
        'its names and comments; changed settings are not known, and stay',
    );
  const lockOptions = {
    command,
    lockTimeout: options.lockTimeout,
    signal: options.signal,
    waiting: (_: unknown, words: string) => say('info', words),
    notice: (words: string) => say('warning', words),
  };
  // A state that is gone with its server is locked by nobody: then the file beside the spec keeps other runs out.
  const locked: Spec = readable ? spec : { ...spec, state: { kind: 'file' } };
  await withRunLock(locked, lockOptions, async lock => {
    await clearDeadRun(spec, {
      sides: [side],
      signal: options.signal,
      tell: words => say('info', words),
      strict: true,
    });
    const state = readable ? await openStateSession(openBackend(spec), lock) : null;
    await free({ spec, side, server, known: state?.current ?? null, state, lock, say }, options);
  });
}

interface Freeing {
  readonly spec: Spec;
  /** That is left. */
  readonly side: Side;
  readonly server: ServerFacts;
  readonly known: Lockfile | null;
  readonly state: StateSession | null;
  readonly lock: RunLock;
  readonly say: Say;
}

async function free(freeing: Freeing, { command, gone, approve }: FreeOptions): Promise<void> {
  const { spec, side, server, known, state, lock, say } = freeing;
  const parts = [await lanes(freeing, command)];
  if (command !== 'stop') parts.push({ removals: opened(freeing), stays: [] });
  if (command === 'destroy')
    parts.push(await settingRemovals({ spec, side, server, changed: known?.settings ?? {}, state, say }));
  const { removals, stays } = joined([...parts, { removals: [], stays: [notAsked(spec, gone, server)] }]);
  if (removals.length === 0 && known === null) {
    const notSeen = parts.flatMap(part => part.stays);
    for (const line of notSeen) say('warning', line);
    say(
      'info',
      `there is nothing to free on the ${side}: ` +
        (notSeen.length === 0 ? 'pgm made nothing there' : 'nothing of pgm was found where it could look'),
    );
    return;
  }
  if (
    !(await approve(
      removals.map(({ line }) => line),
      stays,
    ))
  )
    throw new UserError('not approved: nothing was changed', { kind: 'declined', code: 'PGM801' });
  await carryOutRemovals(removals, lock, `pgm ${command} --gone ${gone}`, say);
  for (const line of stays) say('warning', line);
  if (command !== 'stop' && side === 'target') await forgetSettingsOf(spec, words => say('warning', words));
  if (state === null || state.current === null) return;
  if (command === 'destroy') await state.remove();
  else if (command === 'stop') await state.update(lockfile => withFields(lockfile, { stopped: true }), 'record');
  else await state.update(lockfile => reach(lockfile, side === 'target' ? 'ready' : null), 'record');
}

/** Found on the server itself, in all its databases: nobody can say any more what the migration was. */
async function lanes({ spec, side, server }: Freeing, command: FreeOptions['command']): Promise<Removals> {
  const removals: Removal[] = [];
  // Each server's own part of a lane, whichever way it goes.
  const here = { subscriber: side, publisher: side };
  const nothing = { subscription: null, way: 'plain', slot: false, publication: null } as const;
  for (const { name, database } of server.subscriptions.filter(each => isOurs(each.name, spec.name)))
    removals.push(...laneRemovals(spec, here, { ...nothing, name, subscription: database }));
  for (const { name } of server.slots.filter(each => isOurs(each.name, spec.name)))
    removals.push(...laneRemovals(spec, here, { ...nothing, name, slot: true }));
  if (command === 'stop') return { removals, stays: [] };
  return joined([{ removals, stays: [] }, await sweepDatabases(spec, { side, server, seen: new Set(), fences: true })]);
}

/** A switch, finished or not, has shut it: it is the only one left. */
function opened({ spec, side, known }: Freeing): readonly Removal[] {
  const unfinished = unfinishedSwitch(known);
  const handsOver = (unfinished?.event ?? 'cutover') === 'cutover' ? 'source' : 'target';
  const under = unfinished === null ? [] : ((handsOver === side ? unfinished.block : unfinished.ahead) ?? []);
  const records = [...shutBySwitch(known, side), ...(leftShut(known, side) ?? []), ...under];
  const byDatabase = new Map(records.map(record => [record.database, record]));
  return [...byDatabase.values()].map(record => ({
    line: `${side}/${record.database}: allow writes again, since the other server is gone`,
    run: () => openDatabase(spec, side, record.database, record),
  }));
}

/** What would have to be typed on the gone server, should it ever come back. */
function notAsked({ name: migration }: Spec, gone: Side, server: ServerFacts): string {
  const names = new Set(
    [...server.slots, ...server.subscriptions].map(({ name }) => name).filter(name => isOurs(name, migration)),
  );
  const words = `the ${gone} was not asked: what pgm made there stays, as far as it is still there`;
  if (names.size === 0) return words;
  const statements = [...names].flatMap(name =>
    name.endsWith('_r') === (gone === 'source') ? dropSubscription(name) : [dropSlot(name), dropPublication(name)],
  );
  return `${words}. Should it come back, there: ${statements.join('; ')}`;
}

/**
 * A server that answers is not gone: its half would be left behind in use. Another cluster at its address is no answer.
 */
async function assertGone(spec: Spec, gone: Side, lockfile: Lockfile | null): Promise<void> {
  const server = await inspectServer(spec[gone].connection, spec.name);
  if (server.kind === 'unreachable' && !answering.has(server.failure)) return;
  const known = lockfile?.[gone]?.system_identifier ?? '';
  if (server.kind === 'server' && known !== '' && server.systemIdentifier !== null && server.systemIdentifier !== known)
    return;
  throw new UserError(
    `the ${gone} answers${server.kind === 'server' ? '' : ` (${server.message})`}: it is not gone, and ` +
      'nothing was changed',
    {
      kind: 'blocked',
      code: 'PGM648',
      hint: `leave --gone ${gone} away; or, if it must never be used again, shut it down first`,
    },
  );
}

function isLockfile(value: unknown): value is Lockfile {
  return typeof value === 'object' && value !== null && 'lineage' in value;
}
