import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import {
  lastingState,
  lastingWords,
  makeLastingPlace,
  removeLastingPlace,
  startLasting,
  type LastingEnd,
  type LastingPlace,
} from '../postgres/lasting-program.js';
import { maskSecrets } from '../spec/mask-secrets.js';
import type { Lockfile, RestartRecord } from '../state/lockfile.js';
import { stepIdOf } from '../state/step-records.js';

export const restartStepId = stepIdOf('restart', { server: 'source' });

/** What the lockfile knows of a restart that has begun: enough to see, wait for and finish it after pgm was killed. */
export type BegunRestart = Extract<RestartRecord, { state: 'begun' }>;

export interface RestartOptions {
  readonly command: readonly string[];
  /** Stored before the command begins. */
  readonly note: (begun: BegunRestart) => Promise<void>;
  readonly signal: AbortSignal;
  /** The last line that the command said, whenever it is another. */
  readonly said: (line: string) => void;
  /** What needed the restart is in effect: then a command that does not end is left alone. */
  readonly inEffect: () => Promise<boolean>;
}

/** Milliseconds between two looks. */
const every = 200;
/** Looks in a row at a server that came back under a command that does not end. */
const looksAtServer = 50;
/** Milliseconds; nothing that restarts a server takes as long, but a fast shutdown may wait for its checkpoint. */
const longest = 15 * 60_000;

/**
 * Runs the command that restarts the server. It is never ended: interrupted, it goes on by itself.
 * @throws UserError when it ends with anything but 0, cannot be started, or pgm is interrupted meanwhile
 */
export async function runRestart({ command, note, signal, said, inEffect }: RestartOptions): Promise<void> {
  signal.throwIfAborted();
  const place = await makeLastingPlace();
  await note({ state: 'begun', command: shownCommand(command), began: new Date().toISOString(), place });
  await startLasting(command, place);
  await untilEnded({ place, signal, said, inEffect });
}

export type Watch = Pick<RestartOptions, 'signal' | 'said' | 'inEffect'> & { readonly place: LastingPlace };

/** Waits for a command that was started, takes its place away. @throws UserError as {@link runRestart} */
export async function untilEnded({ place, signal, said, inEffect }: Watch): Promise<void> {
  const deadline = performance.now() + longest;
  let last = '';
  for (let back = 0; ;) {
    const state = await lastingState(place);
    const words = await lastingWords(place);
    if (state.kind !== 'running') {
      await removeLastingPlace(place);
      if (state.kind === 'ended' && state.end.code !== 0) throw failed(state.end, words);
      return;
    }
    const line = words.slice(words.lastIndexOf('\n') + 1);
    if (line !== last && line !== '') said((last = line));
    back = (await inEffect().catch(() => false)) ? back + 1 : 0;
    if (back >= looksAtServer) return;
    if (performance.now() > deadline)
      throw new UserError(`the restart command has not ended within ${longest / 60_000} minutes`, {
        kind: 'stopped',
        code: 'PGM867',
        hint:
          `it is left running; what it says is in ${place.folder}. Look at the ` +
          `source’s log, then run \`pgm apply\` again`,
      });
    await sleep(every, undefined, { signal }).catch(() => {
      throw new UserError(
        'interrupted; the restart of the source goes on by itself, and the next `pgm apply` waits for it',
        { kind: 'stopped', code: 'PGM851', cause: signal.reason },
      );
    });
  }
}

function failed({ code, signal, cannotStart }: LastingEnd, words: string): UserError {
  const how =
    cannotStart !== null
      ? `cannot be started: ${cannotStart}`
      : `ended with ${code === null ? (signal ?? 'a signal') : `exit code ${code}`}`;
  return new UserError(`the restart command ${how}${words === '' ? '' : `: ${words}`}`, {
    code: 'PGM868',
    hint: 'see that the source runs, fix source.restart.command in the spec, then run `pgm apply` again',
  });
}

/** For people and the lockfile. */
export function shownCommand(command: readonly string[]): string {
  return maskSecrets(command.join(' '));
}

/** A restart that a run began and did not see the end of; null: there is none. */
export function begunRestart(lockfile: Lockfile | null): BegunRestart | null {
  const step = lockfile?.steps[restartStepId];
  return step?.kind === 'restart' && step.status === 'started' && step.record?.state === 'begun' ? step.record : null;
}
