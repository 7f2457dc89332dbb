import { spawn } from 'node:child_process';
import { UserError } from '../errors.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Side } from './side.js';
import type { Switchover } from './job.js';

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
    env: {
      ...process.env,
      PGM_EVENT: options.event,
      PGM_HOST: host?.host ?? '',
      PGM_PORT: String(host?.port ?? ''),
      PGM_USER: options.to.user,
      PGM_DATABASES: options.databases.join(','),
    },
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
  if (ended !== null)
    throw new UserError(`switch hook ${program} ${ended}${words.trim() === '' ? '' : `: ${words.trim()}`}`, {
      kind: 'stopped',
      code: 'PGM630',
      hint: 'writes go on where they were; mend the hook, then run `pgm apply` again',
    });
}

export type HookJob = Pick<
  Switchover,
  'event' | 'from' | 'to' | 'databases' | 'options' | 'folder' | 'progress' | 'warn'
>;

/** Runs all switch hooks one after another, to send clients to a side. @throws UserError of the first that fails */
export async function runHooksTo(
  job: HookJob,
  to: Side,
  event: Switchover['event'],
  signal: AbortSignal,
): Promise<void> {
  const { hooks, timeout } = job.options;
  const databases = job.databases.map(({ name }) => name);
  for (const argv of hooks.switch) {
    job.progress({ message: `running ${argv[0] ?? ''}` });
    await runHook({ argv, to: to.conninfo, databases, event, folder: job.folder, timeout, signal });
  }
}

/** After hooks had begun and the switch was undone all the same: clients that they moved must not write where nobody follows. Never throws. */
export async function turnClientsBack(job: HookJob): Promise<void> {
  const back = job.event === 'cutover' ? 'failback' : 'cutover';
  await runHooksTo(job, job.from, back, new AbortController().signal).catch((error: unknown) => {
    job.warn(
      `the switch was undone after its hooks had begun, and clients could not be sent back to the ${job.from.role}: ${error instanceof Error ? error.message : String(error)}. Make sure that nobody writes on the ${job.to.role}`,
    );
  });
}
