import { withConnection } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { lanePieces, type LaneParts } from '../replication/take-down.js';
import type { Spec } from '../spec/spec.js';
import { runPurpose } from '../postgres/run-sessions.js';
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
  migration: string,
  database: string,
  use: (session: Connection) => Promise<T>,
): Promise<T> {
  return withConnection(conninfo, { database, purpose: runPurpose(migration, 'removal') }, use);
}

type Side = 'source' | 'target';

/** @param ends null: that server is gone */
export function laneRemovals(
  spec: Spec,
  ends: { readonly subscriber: Side | null; readonly publisher: Side | null },
  parts: LaneParts,
): readonly Removal[] {
  return lanePieces(parts).flatMap(({ on, database, statements, drop }) => {
    const side = ends[on];
    if (side === null) return [];
    const { connection } = spec[side];
    return [
      {
        line: `${side}${database === null ? '' : `/${database}`}: ${statements.join('; ')}`,
        run: () => inDatabase(connection, spec.name, database ?? connection.database, drop),
      },
    ];
  });
}

/** Who publishes and who subscribes. */
export function endsOf(direction: 'forward' | 'reverse'): { readonly subscriber: Side; readonly publisher: Side } {
  return direction === 'forward'
    ? { subscriber: 'target', publisher: 'source' }
    : { subscriber: 'source', publisher: 'target' };
}
