import { spawn } from 'node:child_process';
import { UserError } from '../errors.js';
import type { Conninfo } from '../postgres/conninfo.js';

export interface HookOptions {
  readonly argv: readonly string[];
  /** The server that takes over, in the hook's environment as PGM_HOST, PGM_PORT, PGM_USER, PGM_DATABASES. Never a password. */
  readonly to: Conninfo;
  readonly databases: readonly string[];
  /** `cutover` or `failback`, as PGM_EVENT. */
  readonly event: string;
  readonly folder: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Runs one switch hook. @throws UserError with its last words when it fails, hangs past the timeout or cannot be started */
export async function runHook(options: HookOptions): Promise<void> {
  const [program = '', ...argv] = options.argv;
  const [host] = options.to.hosts;
  const child = spawn(program, argv, {
    cwd: options.folder,
    env: { ...process.env, PGM_EVENT: options.event, PGM_HOST: host?.host ?? '', PGM_PORT: String(host?.port ?? ''), PGM_USER: options.to.user, PGM_DATABASES: options.databases.join(',') },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the hook started can be ended with it.
    detached: true,
  });
  const late = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout)]);
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  let words = '';
  const keep = (chunk: Buffer): void => void (words = (words + chunk.toString('utf8')).slice(-2000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = await new Promise<string | null>(resolve => {
    late.addEventListener('abort', end, { once: true });
    if (late.aborted) end();
    child.on('error', error => resolve(`cannot be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      if (late.aborted) resolve(`did not end within ${options.timeout / 1000} s`);
      else resolve(code === 0 ? null : `ended with ${code === null ? (signal ?? 'a signal') : `exit code ${code}`}`);
    });
  });
  late.removeEventListener('abort', end);
  // Grandchildren that hold them open must not hold pgm.
  child.stdout.destroy();
  child.stderr.destroy();
  if (ended !== null) throw new UserError(`switch hook ${program} ${ended}${words.trim() === '' ? '' : `: ${words.trim()}`}`, { kind: 'stopped', code: 'PGM630', hint: 'writes go on where they were; mend the hook, then run `pgm apply` again' });
}
