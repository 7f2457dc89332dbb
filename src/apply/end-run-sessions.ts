import { UserError } from '../errors.js';
import { plural } from '../quantities.js';
import { endRunSessions, type LeftSession } from '../postgres/run-sessions.js';
import type { Spec } from '../spec/spec.js';

export type Side = 'source' | 'target';

/**
 * On both servers at once; one that cannot be reached keeps them until it notices by itself.
 * @param gone a server that is not asked
 */
export async function endSessionsOfRun(spec: Spec, gone: 'source' | 'target' | null = null): Promise<void> {
  const sides = (['source', 'target'] as const).filter(side => side !== gone);
  await Promise.allSettled(sides.map(side => endRunSessions(spec[side].connection, spec.name)));
}

/** Milliseconds that a session of a dead run may take to end: a commit waits for a slow disk, an index build for rows. */
const patience = 30_000;

export interface ClearOptions {
  readonly sides?: readonly Side[];
  readonly signal: AbortSignal;
  readonly tell: (message: string) => void;
  /** A side that cannot be asked is an error. */
  readonly strict?: boolean;
}

/**
 * Before a run looks at the servers: what a killed one was still doing there is over, so that nothing of it is
 * committed behind this run's back.
 * @returns the sides that could not be asked
 * @throws UserError while a session is there that could still commit
 */
export async function clearDeadRun(
  spec: Spec,
  { sides = ['source', 'target'], signal, tell, strict = false }: ClearOptions,
): Promise<readonly Side[]> {
  const left: { readonly side: Side; readonly session: LeftSession }[] = [];
  const unasked: Side[] = [];
  await Promise.all(
    sides.map(async side => {
      try {
        const sessions = await endRunSessions(spec[side].connection, spec.name, {
          within: patience,
          signal,
          waiting: there =>
            tell(`waiting for ${plural(there.length, 'session')} of an earlier run on the ${side} to end`),
        });
        left.push(...sessions.map(session => ({ side, session })));
      } catch (error) {
        if (strict) throw error;
        unasked.push(side);
      }
    }),
  );
  signal.throwIfAborted();
  if (left.length > 0) throw stillThere(spec.name, left);
  return unasked;
}

/** Pure. */
export function stillThere(
  migration: string,
  left: readonly { readonly side: Side; readonly session: LeftSession }[],
): UserError {
  const lines = left.map(({ side, session }) => `the ${side}: ${describeLeft(session, migration)}`);
  const ends = left.map(
    ({ side, session }) =>
      `on the ${side}: select pg_terminate_backend(${session.pid});` +
      (session.endable ? '' : ` (as ${session.role}, or as a role with pg_signal_backend)`),
  );
  return new UserError(
    `${plural(left.length, 'session')} of an earlier run ${left.length === 1 ? 'has' : 'have'} not ended, and could ` +
      `still commit what ${left.length === 1 ? 'it was' : 'they were'} doing: ${lines.join('; ')}`,
    {
      kind: 'stopped',
      code: 'PGM649',
      hint: `nothing was changed; wait until they have ended, or end them, then run it again\n${ends.join('\n')}`,
    },
  );
}

function describeLeft(
  { pid, role, database, purpose, state, seconds, endable }: LeftSession,
  migration: string,
): string {
  const doing = purpose.slice(migration.length + 1);
  const at = database === null ? '' : ` in ${database}`;
  const since =
    state === null ? '' : `, ${state}${seconds === null ? '' : ` for ${Math.max(0, Math.round(seconds))} s`}`;
  return (
    `pid ${pid} of ${role === '' ? 'a role that is gone' : role}${at} ("${doing}"${since}; ` +
    `${endable ? 'pgm asked it to end' : 'this role may not end it'})`
  );
}
