import { text } from 'node:stream/consumers';
import { readFile } from 'node:fs/promises';
import { UserError } from '../errors.js';
import { processEnvironment } from '../postgres/environment.js';
import { resolveConninfo } from '../postgres/resolve-conninfo.js';
import type { Spec, StateLocation } from '../spec/spec.js';
import { openBackend, openBackendAt } from '../state/open-backend.js';
import { moveState, pullState, pushState } from '../state/move.js';
import { withRunLock, type RunLock } from '../state/run-lock.js';

export interface StateChangeOptions {
  readonly force: boolean;
  /** Milliseconds. */
  readonly lockTimeout: number;
  readonly signal: AbortSignal;
  /** Called with a sentence while another run is waited for. */
  readonly tell: (sentence: string) => void;
}

/** The stored lockfile as text. @throws UserError when there is none */
export function pull(spec: Spec): Promise<string> {
  return pullState(openBackend(spec));
}

async function readPushed(from: string): Promise<string> {
  try {
    return await readFile(from, 'utf8');
  } catch (error) {
    throw new UserError(`${from} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      kind: 'usage',
      code: 'PGM821',
      hint: '--from is a file with what `pgm state pull` printed; without it, stdin is read',
      cause: error,
    });
  }
}

/** Stores a lockfile from a file, or from stdin for `-`. Gives a sentence on what was done. */
export async function push(spec: Spec, from: string, options: StateChangeOptions): Promise<string> {
  const pushed = from === '-' ? await text(process.stdin) : await readPushed(from);
  return locked(spec, 'state push', options, async lock => {
    const backend = openBackend(spec);
    const { serial } = await pushState(backend, lock, pushed, {
      name: spec.name,
      from: from === '-' ? 'stdin' : from,
      force: options.force,
    });
    return `Stored in ${backend.describe()} as serial ${serial}.`;
  });
}

/**
 * Moves the state to where the spec says it is kept now.
 * @param from where it was: `file`, or the name of the environment variable with the database's connection string
 */
export async function move(spec: Spec, from: string, options: StateChangeOptions): Promise<string> {
  const earlier = earlierLocation(spec, from);
  return locked(spec, 'state mv', options, async lock => {
    const [old, now] = [openBackendAt(spec, earlier), openBackend(spec)];
    const { serial } = await moveState(old, now, lock, { name: spec.name, force: options.force });
    return `Moved from ${old.describe()} to ${now.describe()}, serial ${serial}.`;
  });
}

function earlierLocation(spec: Spec, from: string): StateLocation {
  if (from === 'file') {
    if (spec.state.kind === 'file')
      throw new UserError('the spec keeps the state in a file: there is nowhere to move it', {
        kind: 'usage',
        code: 'PGM843',
        hint:
          'change `state` in the spec first, then say where it was: --from file, or --from ' +
          'NAME of an environment variable with the connection string',
      });
    return { kind: 'file' };
  }
  const value = process.env[from];
  if (value === undefined)
    throw new UserError(`there is no environment variable ${from}`, {
      kind: 'usage',
      code: 'PGM806',
      hint:
        '--from is `file`, or the NAME of an environment variable that holds the ' +
        'connection string of the database where the state was',
    });
  return { kind: 'postgres', connection: resolveConninfo(value, processEnvironment()) };
}

function locked(
  spec: Spec,
  command: string,
  { lockTimeout, signal, tell }: StateChangeOptions,
  use: (lock: RunLock) => Promise<string>,
): Promise<string> {
  return withRunLock(
    spec,
    {
      command,
      lockTimeout,
      signal,
      waiting: (_, words) => {
        tell(words);
      },
      notice: tell,
    },
    use,
  );
}
