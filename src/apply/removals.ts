import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { RunLock } from '../state/run-lock.js';

/** One thing that is taken away or put back. */
export interface Removal {
  /** For people, before it is done. */
  readonly line: string;
  run(): Promise<void>;
}

export interface Removals {
  readonly removals: readonly Removal[];
  /** What is left as it is, and why: sentences. */
  readonly stays: readonly string[];
}

export type Say = (severity: 'info' | 'warning', message: string) => void;

export function joined(parts: readonly Removals[]): Removals {
  return { removals: parts.flatMap(({ removals }) => removals), stays: parts.flatMap(({ stays }) => stays) };
}

/** One after another; what is done before one fails stays done, and the command can be given again. */
export async function carryOutRemovals(
  removals: readonly Removal[],
  lock: Pick<RunLock, 'check'>,
  command: string,
  say: Say,
): Promise<void> {
  for (const [done, removal] of removals.entries()) {
    const { line } = removal;
    try {
      await lock.check();
      await removal.run();
    } catch (error) {
      say(
        'warning',
        `failed: ${line}; ${done} done, 1 failed, ${removals.length - done - 1} not started. ` +
          `What is done stays done: ${command} goes on with the rest.`,
      );
      throw error;
    }
    say('info', `done: ${line}`);
  }
}

export async function inDatabase<T>(
  conninfo: Conninfo,
  database: string,
  use: (session: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(conninfo, { database, purpose: 'destroy' }, use);
}
