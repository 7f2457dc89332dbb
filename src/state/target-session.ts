import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { Holder } from './holder.js';
import {
  beat,
  findTargetHolder,
  lockKey,
  lockPurpose,
  prepareLockSession,
  terminate,
  tryLock,
  unlock,
  type TargetHolder,
} from './target-lock.js';

/** What came of trying to take the lock. */
export type Attempt =
  | { readonly kind: 'held' }
  | { readonly kind: 'taken'; readonly by: TargetHolder }
  | { readonly kind: 'unreachable'; readonly error: unknown };

/** Milliseconds that a living server has to answer a heartbeat before its connection counts as cut. */
const answerTimeout = 10_000;

/**
 * The session on the target that holds the advisory lock. When it dies it is opened again, for as long as nobody
 * else took the lock and nobody ended it on purpose.
 */
export class TargetSession {
  readonly #conninfo: Conninfo;
  readonly #key: string;
  readonly #holder: Holder;
  readonly #onLost: (reason: UserError) => void;
  #connection: Connection | null = null;
  #held = false;
  #everHeld = false;
  #serverStart = '';
  /** Code of the server's goodbye to the open session, or of what cut it. */
  #reason: string | undefined;
  #regaining: Promise<void> | null = null;
  readonly #stopped = new AbortController();
  #unreachable: { readonly error: unknown; readonly at: number } | null = null;

  constructor(conninfo: Conninfo, migration: string, holder: Holder, onLost: (reason: UserError) => void) {
    this.#conninfo = conninfo;
    this.#key = lockKey(migration);
    this.#holder = holder;
    this.#onLost = onLost;
  }

  get held(): boolean {
    return this.#held;
  }

  /** False while the target could not be reached since the run began. */
  get everHeld(): boolean {
    return this.#everHeld;
  }

  /** One try to take the lock, on the open session if there is one. */
  async attempt(): Promise<Attempt> {
    // The same session would get it a second time, and then one unlock would not free it.
    if (this.#held) return { kind: 'held' };
    try {
      const connection = await this.#open();
      const attempt = await within(connection, this.#tryLock(connection));
      if (attempt.kind === 'held') await this.#keep(connection);
      return attempt;
    } catch (error) {
      this.#drop();
      return { kind: 'unreachable', error };
    }
  }

  /** Gives the lock back without closing the session, for whoever waits for something else. */
  async letGo(): Promise<void> {
    const connection = this.#connection;
    if (!this.#held || connection === null) return;
    this.#held = false;
    await within(connection, unlock(connection, this.#key)).catch(() => this.#drop());
  }

  /** Ends the session of a holder whose process is known to be dead. Never throws: the lock is tried again anyway. */
  async evict(dead: TargetHolder): Promise<void> {
    const connection = this.#connection;
    if (connection !== null) await within(connection, terminate(connection, dead.backendPid)).catch(() => undefined);
  }

  /** Renews the heartbeat; a session that does not answer is given up and opened again. */
  async beat(): Promise<void> {
    const connection = this.#connection;
    if (!this.#held || connection === null) return;
    // What the server has said already is read first: after a failed write it would be lost.
    await setImmediate();
    if (this.#connection !== connection) return;
    try {
      await within(connection, beat(connection, this.#holder));
    } catch (error) {
      if (this.#connection === connection) this.#reason ??= errorCode(error);
      this.#sessionGone(connection);
    }
  }

  /**
   * Makes sure that the lock is still held, by asking the server.
   * @param patience milliseconds to wait for a lock that is being regained
   * @returns `unreachable` when the server cannot be asked; a loss is told through `onLost`
   */
  async check(patience: number): Promise<'held' | 'unreachable' | 'lost'> {
    if (this.#ended()) return 'lost';
    if (this.#held) await this.beat();
    else if (this.#regaining === null) await this.#lateAttempt();
    if (this.#regaining !== null) {
      const timeout = new AbortController();
      await Promise.race([
        this.#regaining,
        sleep(patience, undefined, { signal: timeout.signal }).catch(() => undefined),
      ]);
      timeout.abort();
    }
    if (this.#held) return 'held';
    return this.#ended() ? 'lost' : 'unreachable';
  }

  /** Frees the lock and closes the session. Never throws. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.letGo();
    await this.#connection?.close();
    this.#connection = null;
  }

  /** The target could not be reached when the run began: it is tried again before each write, at most every 5 s. */
  async #lateAttempt(): Promise<void> {
    if (this.#unreachable !== null && performance.now() - this.#unreachable.at < 5_000) return;
    const attempt = await this.attempt();
    if (attempt.kind === 'taken') this.#lose(takenError(attempt.by));
    if (attempt.kind === 'unreachable') this.#unreachable = { error: attempt.error, at: performance.now() };
  }

  async #open(): Promise<Connection> {
    if (this.#connection !== null && !this.#connection.isLost) return this.#connection;
    this.#drop();
    const connection = await connect(this.#conninfo, { purpose: lockPurpose(this.#holder), watched: false });
    try {
      await within(connection, prepareLockSession(connection));
      this.#stopped.signal.throwIfAborted();
    } catch (error) {
      connection.destroy();
      throw error;
    }
    this.#reason = undefined;
    connection.client.on('error', (error: Error & { code?: string }) => {
      if (this.#connection === connection) this.#reason ??= error.code;
    });
    connection.client.on('end', () => this.#sessionGone(connection));
    this.#connection = connection;
    return connection;
  }

  async #tryLock(connection: Connection): Promise<Attempt> {
    for (let tries = 0; ; tries++) {
      if (await tryLock(connection, this.#key, this.#holder)) return { kind: 'held' };
      const by = await findTargetHolder(connection, this.#key);
      // Freed between the two questions, or our own earlier session that the server has not missed yet.
      if (by !== null && by.holder?.id !== this.#holder.id) return { kind: 'taken', by };
      if (by !== null) await terminate(connection, by.backendPid);
      if (tries > 20) throw new Error('the advisory lock is held, but by no session that can be seen');
    }
  }

  async #keep(connection: Connection): Promise<void> {
    this.#serverStart = await within(connection, beat(connection, this.#holder));
    this.#held = true;
    this.#everHeld = true;
  }

  #sessionGone(connection: Connection): void {
    if (this.#connection !== connection) return;
    const wasHeld = this.#held;
    const reason = this.#reason;
    this.#drop();
    if (!wasHeld || this.#ended()) return;
    const regaining = this.#regain(reason).finally(() => {
      if (this.#regaining === regaining) this.#regaining = null;
    });
    this.#regaining = regaining;
  }

  async #regain(reason: string | undefined): Promise<void> {
    const before = this.#serverStart;
    const { signal } = this.#stopped;
    for (let pause = 100; !this.#ended(); pause = Math.min(pause * 2, 2_000)) {
      const attempt = await this.attempt();
      if (attempt.kind === 'taken') this.#lose(takenError(attempt.by));
      if (attempt.kind === 'held') {
        // The server still runs and said goodbye: somebody ended this very session, so the lock is not ours to take
        // again.
        if (reason !== sqlstate.adminShutdown || this.#serverStart !== before) return;
        await this.letGo();
        this.#lose(terminatedError(this.#holder));
      }
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  #lose(reason: UserError): void {
    if (this.#ended()) return;
    this.#stopped.abort();
    this.#onLost(reason);
  }

  #ended(): boolean {
    return this.#stopped.signal.aborted;
  }

  #drop(): void {
    this.#held = false;
    this.#connection?.destroy();
    this.#connection = null;
  }
}

function takenError(by: TargetHolder): UserError {
  const who =
    by.holder === null
      ? by.applicationName
      : `${by.holder.user}@${by.holder.host} (pid ${by.holder.pid}, lock ID ${by.holder.id})`;
  return new UserError(
    `The run's lock on the target was lost: its session died, and ${who} has taken it. Nothing more is written.`,
    {
      kind: 'locked',
      code: 'lock-lost',
      hint: 'Let the other run end, then run pgm again: it goes on where this one stopped.',
    },
  );
}

function terminatedError(holder: Holder): UserError {
  return new UserError(
    `The run's lock (ID ${holder.id}) was released by somebody else: its session ` +
      'on the target was terminated. Nothing more is written.',
    {
      kind: 'locked',
      code: 'lock-lost',
      hint: 'Run pgm again: it goes on where this run stopped.',
    },
  );
}

/** The connection is cut when the server does not answer in time, so that nothing waits for it. */
async function within<T>(connection: Connection, answer: Promise<T>): Promise<T> {
  const timer = setTimeout(() => connection.destroy(), answerTimeout);
  try {
    return await answer;
  } finally {
    clearTimeout(timer);
  }
}
