import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { describeHolder, holderLife, type Holder } from './holder.js';
import { readRunFile, removeRunFile, runFileAge, takeRunFile } from './run-file.js';
import type { TargetSession } from './target-session.js';

export interface RunLockOptions {
  /** What the run is, for whoever waits: `apply`, `stop` … */
  readonly command: string;
  /** Milliseconds to wait for another run; 0: do not wait. */
  readonly lockTimeout: number;
  readonly signal: AbortSignal;
  /** Called for each holder that is waited for, in words. */
  readonly waiting?: (holder: Holder, words: string) => void;
  /** Called with a sentence when a dead holder's lock was taken over. */
  readonly notice?: (sentence: string) => void;
}

/** The two halves of a run's lock. */
export interface LockParts {
  readonly migration: string;
  readonly holder: Holder;
  readonly session: TargetSession;
  /** null where the state is not a file. */
  readonly file: string | null;
}

/** What stands in the way: whose lock, and how it is told to who waits. */
interface Obstacle {
  readonly id: string;
  readonly holder: Holder | null;
  readonly words: string;
}

/** All in milliseconds. */
export interface Timing {
  /** Between two tries. */
  readonly poll: number;
  /** A heartbeat that did not move for this long, while the target has forgotten the holder: dead. */
  readonly silence: number;
  /** The same by the clocks of two machines, which may differ. */
  readonly longSilence: number;
  /** A process that was just killed keeps its session on the server for a moment. */
  readonly grace: number;
}

const usualTiming: Timing = { poll: 250, silence: 12_000, longSilence: 120_000, grace: 2_000 };

/**
 * Takes both halves of the lock, or waits until `lockTimeout` has passed.
 * @throws UserError of kind `locked` that names the holder
 */
export async function acquire(parts: LockParts, options: RunLockOptions, timing = usualTiming): Promise<void> {
  const begin = performance.now();
  const silences = new Silences(timing);
  let told: string | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    const obstacle = await tryBoth(parts, options, silences);
    if (obstacle === null) return;
    const waited = performance.now() - begin;
    const dead = obstacle.holder !== null && holderLife(obstacle.holder) === 'dead';
    // A status that writes down what it saw is done in a moment.
    const brief = obstacle.holder?.command === 'note';
    if (waited >= Math.max(options.lockTimeout, dead || brief ? timing.grace : 0))
      throw lockedError(parts.migration, obstacle);
    if (told !== obstacle.id && obstacle.holder !== null) {
      told = obstacle.id;
      options.waiting?.(obstacle.holder, obstacle.words);
    }
    await sleep(timing.poll, undefined, { signal: options.signal });
  }
}

async function tryBoth(parts: LockParts, options: RunLockOptions, silences: Silences): Promise<Obstacle | null> {
  const { holder, session, file } = parts;
  const beside = file === null ? null : await readRunFile(file);
  // Not even tried on the target then: a living holder may be about to take it again after a restart of the server.
  if (file !== null && beside !== null && holderLife(beside) === 'alive') return await fileObstacle(file, beside);
  const target = await tryTarget(parts, options);
  if (target !== null) return target;
  if (file === null) return null;
  if (beside !== null) {
    if (!(await isDead(file, beside, session.held, silences))) {
      await session.letGo();
      return await fileObstacle(file, beside);
    }
    const taken = await removeRunFile(file, beside.id);
    if (taken) options.notice?.(`Took over the lock of a run that is dead: ${describeHolder(beside, null)}.`);
  }
  if (await takeRunFile(file, holder)) return null;
  await session.letGo();
  const winner = await readRunFile(file);
  return winner === null ? { id: '', holder: null, words: 'another run' } : await fileObstacle(file, winner);
}

async function tryTarget({ session }: LockParts, options: RunLockOptions): Promise<Obstacle | null> {
  const attempt = await session.attempt();
  if (attempt.kind !== 'taken') return null;
  const { by } = attempt;
  if (by.holder === null) {
    const words =
      `a session of the target that is not pgm's (pid ${by.backendPid}, ` + `application_name "${by.applicationName}")`;
    return { id: String(by.backendPid), holder: null, words };
  }
  if (holderLife(by.holder) === 'dead') {
    await session.evict(by);
    options.notice?.(`Took over the lock of a run that is dead: ${describeHolder(by.holder, by.heartbeatAge)}.`);
  }
  return { id: by.holder.id, holder: by.holder, words: describeHolder(by.holder, by.heartbeatAge) };
}

async function isDead(file: string, beside: Holder, targetForgotIt: boolean, silences: Silences): Promise<boolean> {
  if (holderLife(beside) === 'dead') return true;
  if (!targetForgotIt) return false;
  const age = await runFileAge(file);
  return age !== null && silences.tooLong(beside.id, age);
}

async function fileObstacle(file: string, holder: Holder): Promise<Obstacle> {
  return { id: holder.id, holder, words: describeHolder(holder, await runFileAge(file)) };
}

/** Which holders' heartbeats have not moved for too long, by our own clock alone unless it is very long. */
class Silences {
  readonly #timing: Timing;
  readonly #seen = new Map<string, { readonly beatAt: number; readonly since: number }>();

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** @param age milliseconds since the last heartbeat, as the clocks have it */
  tooLong(id: string, age: number): boolean {
    const now = performance.now();
    const beatAt = now - age;
    const seen = this.#seen.get(id);
    // The same beat, but for the clock's own jitter.
    const same = seen !== undefined && Math.abs(seen.beatAt - beatAt) < 50;
    if (!same) this.#seen.set(id, { beatAt, since: now });
    return age > this.#timing.longSilence || (same && now - seen.since > this.#timing.silence);
  }
}

function lockedError(migration: string, obstacle: Obstacle): UserError {
  const unlock = obstacle.holder === null ? '' : ` If that run is dead: pgm force-unlock ${obstacle.holder.id}`;
  return new UserError(`Migration "${migration}" is locked by another run: ${obstacle.words}.`, {
    kind: 'locked',
    code: 'locked',
    hint: `Let it end, or wait for it with --lock-timeout 10m.${unlock}`,
  });
}
