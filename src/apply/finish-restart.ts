import { setTimeout as sleep } from 'node:timers/promises';
import { unreachable } from '../inspect/unreachable.js';
import { withConnection } from '../postgres/connect.js';
import { reportError } from '../postgres/errors.js';
import { lastingState, removeLastingPlace, type LastingState } from '../postgres/lasting-program.js';
import type { Spec } from '../spec/spec.js';
import type { StateSession } from '../state/state-session.js';
import { finishStep, noteStep } from '../state/transitions.js';
import {
  begunRestart,
  restartStepId,
  runRestart,
  shownCommand,
  untilEnded,
  type BegunRestart,
} from '../steps/begun-restart.js';

export type Tell = (severity: 'info' | 'warning', message: string) => void;

/** Milliseconds that the source has to answer, by how its restart ended. */
function comesBackWithin(seen: LastingState): number {
  switch (seen.kind) {
    case 'running':
      return 120_000;
    case 'ended':
      // One that ended well may have handed over to something that goes on by itself.
      return seen.end.code === 0 ? 120_000 : 2_000;
    case 'unknown':
      // It cannot be seen from here, and may still be at it.
      return 60_000;
    case 'lost':
    case 'not-begun':
      return 2_000;
  }
}

/**
 * A restart of the source that an earlier run began, and did not see the end of since it was ended itself, is finished
 * before anything else is said: a command that still runs is waited for, and one that was ended before the server was
 * up is run again. It was reviewed then, and is what the spec says now. A source that is down for another reason is
 * left alone.
 */
export async function finishBegunRestart(
  spec: Spec,
  state: StateSession,
  signal: AbortSignal,
  tell: Tell,
): Promise<void> {
  const begun = begunRestart(state.current);
  if (begun === null) return;
  const { place, command: shown, began } = begun;
  const watch = {
    signal,
    said: (line: string): void => tell('info', line),
    inEffect: () => hasRestarted(spec, begun),
  };
  const seen = await lastingState(place);
  tell(
    'info',
    `the restart of the source that began at ${began} (${shown}) was not seen to ` +
      `end${seen.kind === 'running' ? ': waiting for its command' : ''}`,
  );
  await untilEnded({ ...watch, place }).catch(warnUnless(signal, tell));
  if (!(await answers(spec, comesBackWithin(seen), signal))) {
    const { restart } = spec.source;
    if (restart === 'manual') {
      tell('warning', 'the source does not answer since its restart was interrupted: start it by hand');
      return;
    }
    tell(
      'warning',
      `the source does not answer since its restart was interrupted: running ${shownCommand(restart.command)} again`,
    );
    await runRestart({
      ...watch,
      command: restart.command,
      note: async again => {
        await state.update(lockfile => noteStep(lockfile, restartStepId, again));
      },
    }).catch(warnUnless(signal, tell));
    if (!(await answers(spec, comesBackWithin({ kind: 'running' }), signal))) return;
  }
  await removeLastingPlace(place);
  await state.update(
    lockfile => finishStep(lockfile, restartStepId, new Date().toISOString(), { state: 'ended', command: shown }),
    'record',
  );
  tell('info', 'the source answers again after its restart');
}

/** Its end was bad: whether the server is up is asked next. */
function warnUnless(signal: AbortSignal, tell: Tell): (error: unknown) => void {
  return error => {
    signal.throwIfAborted();
    tell('warning', reportError(error).message);
  };
}

const upSql = 'select extract(epoch from clock_timestamp() - pg_postmaster_start_time())::float8 * 1000 as up';

/** By durations, since the clocks of the two machines may differ. */
async function hasRestarted({ source }: Spec, { began }: BegunRestart): Promise<boolean> {
  return withConnection(source.connection, { purpose: 'restart' }, async session => {
    const { up } = await session.row<{ up: number }>(upSql);
    return up < Date.now() - Date.parse(began);
  });
}

/** Whether the source takes connections, or says why it takes none of ours: then it is up. */
async function answers({ source }: Spec, within: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + within;
  for (;;) {
    signal.throwIfAborted();
    try {
      await withConnection(source.connection, { purpose: 'restart' }, () => Promise.resolve());
      return true;
    } catch (error) {
      if (isUp.has(unreachable(source.connection, error).failure)) return true;
    }
    if (performance.now() > deadline) return false;
    await sleep(200, undefined, { signal });
  }
}

const isUp: ReadonlySet<string> = new Set(['authentication', 'no-hba-entry', 'no-database', 'too-many-connections']);
