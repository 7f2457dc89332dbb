import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import {
  blockDatabases,
  endApplications,
  mayBlock,
  moment,
  readBlock,
  unblockDatabases,
  type BlockRecord,
} from './block.js';
import { dropFence, notYetHandedOver, openFence, raiseFenceAlone } from './fence.js';
import { blockers } from './freeze.js';
import type { Switchover } from './job.js';
import { withSession, type DatabaseSessions } from './sessions.js';

/**
 * The side that takes over is shut before clients are sent to it, and opened when the other one is shut: a client that
 * is there early is turned back, so that no failure in between leaves commits on a side that nobody follows.
 */
export function shutsAhead({ options, pgbouncer }: Pick<Switchover, 'options' | 'pgbouncer'>): boolean {
  return options.hooks.switch.length > 0 || pgbouncer !== null;
}

/**
 * What opening the side that takes over will put back: read before anything is changed.
 * @returns null when that side is open and stays so, since nothing sends clients there before the switch is done
 */
export async function readAhead(
  job: Switchover,
  [first]: readonly DatabaseSessions[],
): Promise<readonly BlockRecord[] | null> {
  if (job.opens !== null || first === undefined || !shutsAhead(job)) return job.opens;
  const names = job.databases.map(({ name }) => name);
  // Where it may not, the triggers alone have to do.
  if (!(await mayBlock(first.to, names))) return [];
  return Promise.all(names.map(name => readBlock(first.to, name, job.to.dialsAs)));
}

/**
 * Milliseconds for all tables of a database; one table's lock is waited for as long as autovacuum takes to give way.
 */
const patience = 30_000;

/**
 * @returns the moment of that server from which on it was shut; null: it was before
 * @throws UserError when somebody holds a table, or when neither the databases nor the tables may be shut
 */
export async function shutAhead(
  job: Switchover,
  sessions: readonly DatabaseSessions[],
  ahead: readonly BlockRecord[] | null,
): Promise<string | null> {
  const [first] = sessions;
  if (ahead === null || first === undefined || !shutsAhead(job)) return null;
  job.progress({ message: `shutting the ${job.to.role} until it takes over` });
  const now = await moment(first.to);
  await blockDatabases(first.to, ahead);
  for (const session of sessions) await fence(job, session, ahead.length > 0);
  return job.opens === null ? now : null;
}

async function fence(job: Switchover, { database, to }: DatabaseSessions, isBlocked: boolean): Promise<void> {
  const words = notYetHandedOver(job.from.role, database.name);
  for (const deadline = performance.now() + patience; ;) {
    job.signal.throwIfAborted();
    try {
      await raiseFenceAlone(to, database.tables, words);
      return;
    } catch (error) {
      const code = errorCode(error);
      if (code === sqlstate.insufficientPrivilege && isBlocked) {
        job.warn(
          `${database.name}: superusers could write on the ${job.to.role} before it takes ` +
            `over (${(error as Error).message}); everyone else is kept out`,
        );
        return;
      }
      if (code === sqlstate.insufficientPrivilege)
        throw cannotShut(job, `"${database.name}": ${(error as Error).message}`, error);
      if (code !== sqlstate.lockNotAvailable && code !== sqlstate.deadlockDetected) throw error;
      const holder = await blockers(to, database.tables);
      if (performance.now() > deadline)
        throw cannotShut(job, `the tables of "${database.name}" are held by ${holder}`, error);
      job.progress({ waiting_for: holder });
      await sleep(200);
    }
  }
}

function cannotShut(job: Switchover, why: string, cause: unknown): UserError {
  return new UserError(`the ${job.to.role} could not be shut before the switch: ${why}`, {
    kind: 'blocked',
    code: 'PGM635',
    hint: 'writes were not stopped; end that transaction, or give the role what it lacks, then run it again',
    cause,
  });
}

/**
 * Lets writers in, in few statements: clients stand still.
 * @returns the moment of that server by which it was open; null: it was all along
 */
export async function openAhead(
  sessions: readonly DatabaseSessions[],
  ahead: readonly BlockRecord[] | null,
): Promise<string | null> {
  const [first] = sessions;
  if (first === undefined || ahead === null) return null;
  await Promise.all(sessions.map(({ to }) => openFence(to)));
  await unblockDatabases(first.to, ahead);
  return moment(first.to);
}

/**
 * Whoever came in while the databases were shut (superusers do) is read-only for as long as the session lasts, and a
 * pool may keep it for days: such sessions are ended, so that the next ones can write.
 */
export async function endReadOnlySessions(
  job: Pick<Switchover, 'databases'>,
  [first]: readonly DatabaseSessions[],
  from: string | null,
  to: string | null,
): Promise<void> {
  if (first !== undefined && to !== null)
    await endApplications(
      first.to,
      job.databases.map(({ name }) => name),
      { from, to },
    );
}

/** As it was before {@link shutAhead}: for a switch that is undone before it sent any client there. */
export async function reopen(
  job: Pick<Switchover, 'to' | 'databases'>,
  ahead: readonly BlockRecord[],
  attempt: (work: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  for (const [index, { name }] of job.databases.entries()) {
    await attempt(() =>
      withSession(job.to, name, async session => {
        await openFence(session);
        if (index === 0) await unblockDatabases(session, ahead);
        await dropFence(session);
      }),
    );
  }
}
