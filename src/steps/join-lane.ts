import { setTimeout as sleep } from 'node:timers/promises';
import { openWriters } from '../cutover/open-writers.js';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { plural } from '../quantities.js';
import { waitApplied } from '../replication/lag.js';
import { joiningSlot } from '../replication/names.js';
import {
  addToPublication,
  dropFromPublication,
  refreshTables,
  setSlot,
  type Relation,
} from '../replication/statements.js';
import { disableSubscription, enableSubscription, waitWorkerEnds } from '../replication/subscriptions.js';
import { takeDownStatements, wholeLane } from '../replication/take-down.js';
import { moveParts } from '../state/copied-parts.js';
import type { StepContext } from './context.js';
import { takeDown } from './drop-lane.js';
import type { StepKind } from './step-kind.js';

export interface JoinLaneInput {
  readonly database: string;
  /** The lane that they join. */
  readonly name: string;
  readonly lane: number;
  readonly from: readonly { readonly name: string; readonly tables: readonly Relation[] }[];
  /** Tables that an earlier run moved from one publication to the other, no more. */
  readonly awaited: readonly Relation[];
  readonly emptied: readonly string[];
}

const lockTry = 300;
/**
 * Milliseconds for which the tables' writers may wait for the lane's worker to end; one that applies a large
 * transaction takes longer.
 */
const workerEndsWithin = 2_000;
const pause = 500;
/** A transaction that keeps one of the tables so long is told. */
const patience = 5 * 60_000;
/** Without any advance for so long a lane is given up. */
const drainPatience = 60_000;

/**
 * Tables go over from one lane to another without being copied. The commit that changes both publications is the
 * border: no transaction writes to them at that moment, so that each of their changes is before it, in the one slot, or
 * after it, in the other. The lane that they join does not read its slot until the other has brought all up to there
 * and its subscription knows the tables; that it has {@link joiningSlot} for a slot tells the next run that it is not
 * done.
 */
export const joinLane: StepKind<JoinLaneInput> = {
  kind: 'publication',

  describe: input => {
    const tables = tablesOf(input);
    return {
      title:
        tables.length === 0
          ? 'let the lane read its slot again'
          : `have ${plural(tables.length, 'table')} join the lane of those that foreign keys ` +
            `join ${tables.length === 1 ? 'it' : 'them'} with`,
      action: 'update',
      server: 'source',
      database: input.database,
      object: `${input.name}/join`,
      statements: statements(input),
      tables,
      reversible: true,
      impact:
        moved(input).length === 0
          ? {}
          : {
              locks: [
                `SHARE on ${moved(input).map(qualifiedName).join(', ')}, for a moment: reads go on, writers wait`,
              ],
            },
    };
  },

  async run(context, input, progress) {
    const { database, name, lane, from, emptied } = input;
    await context.withSource(database, async source => {
      if (moved(input).length > 0) await move(context, source, input, message => progress({ waiting_for: message }));
      const { lsn } = await source.row<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
      // Makes the WAL move on an idle server, so that there is something to reach.
      await source.rows("select pg_logical_emit_message(true, 'pgm', 'join')");
      await applied(
        context,
        source,
        input,
        from.map(each => each.name),
        lsn,
      );
      await context.withTarget(database, async target => {
        await enableSubscription(target, name);
        await target.execute(refreshTables(name));
        await disableSubscription(target, name);
        await waitWorkerEnds(target, name);
        await target.transaction(async () => {
          await moveParts(target, context.spec.name, lane, tablesOf(input));
          await target.execute(setSlot(name, name));
          await enableSubscription(target, name);
        });
        for (const each of from) if (!emptied.includes(each.name)) await target.execute(refreshTables(each.name));
      });
      for (const each of emptied) await takeDown(context, { database, name: each, direction: 'forward' });
      // What an earlier run left off may be far behind: that is waited for later, with all lanes.
      if (moved(input).length > 0) await applied(context, source, input, [name], lsn);
    });
    return { outcome: plural(tablesOf(input).length, 'table') };
  },
};

/** Until nobody writes to the tables at the moment. */
async function move(
  context: StepContext,
  source: Connection,
  input: JoinLaneInput,
  waiting: (message: string) => void,
): Promise<void> {
  const tables = moved(input);
  const deadline = performance.now() + patience;
  for (;;) {
    context.signal.throwIfAborted();
    if (await tryMove(context, source, input)) return;
    const writers = await openWriters(source, tables);
    const whose = writers.length === 0 ? '' : ` of ${writers.join('; ')}`;
    waiting(`a moment without transactions${whose} on ${tables.map(qualifiedName).join(', ')}`);
    if (performance.now() > deadline)
      throw new UserError(
        `${plural(tables.length, 'table')} of "${input.database}" cannot join the lane of what ` +
          `foreign keys join them with: transactions${whose} keep them`,
        { kind: 'stopped', code: 'PGM858', hint: 'end these transactions or wait for them, then run `pgm apply`' },
      );
    await sleep(pause, undefined, { signal: context.signal });
  }
}

/** @returns false: somebody is in the way; all is as before */
async function tryMove(context: StepContext, source: Connection, input: JoinLaneInput): Promise<boolean> {
  const { name, database } = input;
  try {
    return await source.transaction(async () => {
      await source.execute(`set local lock_timeout = ${lockTry}`);
      await source.execute(lockStatement(input));
      const stands = await context.withTarget(database, async target => {
        await disableSubscription(target, name);
        try {
          await waitWorkerEnds(target, name, workerEndsWithin);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          await enableSubscription(target, name);
          return false;
        }
        await target.execute(setSlot(name, joiningSlot));
        return true;
      });
      if (stands) for (const statement of publicationStatements(input)) await source.execute(statement);
      return stands;
    });
  } catch (error) {
    if (errorCode(error) === sqlstate.lockNotAvailable) return false;
    throw error;
  }
}

async function applied(
  context: StepContext,
  source: Connection,
  { database, name }: JoinLaneInput,
  lanes: readonly string[],
  lsn: string,
): Promise<void> {
  if (lanes.length === 0) return;
  await context.withTarget(database, async target => {
    for (const lane of lanes) if (lane !== name) await enableSubscription(target, lane);
  });
  await waitApplied(source, lanes, lsn, {
    timeout: drainPatience,
    timeoutFrom: 'advance',
    every: 100,
    signal: context.signal,
  });
}

function moved({ from }: JoinLaneInput): readonly Relation[] {
  return from.flatMap(({ tables }) => tables);
}

function tablesOf(input: JoinLaneInput): readonly Relation[] {
  return [...moved(input), ...input.awaited];
}

function lockStatement(input: JoinLaneInput): string {
  return `lock table ${moved(input).map(qualifiedName).join(', ')} in share mode`;
}

function publicationStatements(input: JoinLaneInput): readonly string[] {
  return [
    ...input.from.flatMap(({ name, tables }) => (tables.length === 0 ? [] : dropFromPublication(name, tables))),
    ...addToPublication(input.name, moved(input)),
  ];
}

function statements(input: JoinLaneInput): readonly string[] {
  const { name, emptied } = input;
  const alter = `alter subscription "${name}"`;
  return [
    ...(moved(input).length === 0
      ? []
      : [lockStatement(input), `${alter} disable`, setSlot(name, joiningSlot), ...publicationStatements(input)]),
    `${alter} enable`,
    refreshTables(name),
    `${alter} disable`,
    setSlot(name, name),
    `${alter} enable`,
    ...input.from.flatMap(each => (emptied.includes(each.name) ? [] : [refreshTables(each.name)])),
    ...emptied.flatMap(each => takeDownStatements(wholeLane(each, input.database))),
  ];
}
