import { basename } from 'node:path';
import { UserError } from '../errors.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Keeper, ProgramEnd } from '../postgres/keeper.js';
import { endMarked, markedProcesses } from '../postgres/marked-processes.js';
import type { Side } from './side.js';
import type { Switchover } from './job.js';

interface HookOptions {
  readonly argv: readonly string[];
  /**
   * The server that takes over, in the hook's environment as PGM_HOST, PGM_PORT, PGM_USER, PGM_DATABASES. Never a
   * password.
   */
  readonly to: Conninfo;
  readonly databases: readonly string[];
  /** `cutover` or `failback`, as PGM_EVENT. */
  readonly event: string;
  readonly folder: string;
  readonly lineage: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Runs one switch hook. @throws UserError with its last words when it fails, hangs past the timeout or cannot be
 * started
 */
async function runHook(keeper: Keeper, options: HookOptions): Promise<void> {
  const [program = ''] = options.argv;
  const [host] = options.to.hosts;
  const late = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout)]);
  const end = await keeper.run(
    {
      argv: options.argv,
      mark: hookMark(options.lineage),
      cwd: options.folder,
      env: {
        ...process.env,
        PGM_EVENT: options.event,
        PGM_HOST: host?.host ?? '',
        PGM_PORT: String(host?.port ?? ''),
        PGM_USER: options.to.user,
        PGM_DATABASES: options.databases.join(','),
      },
    },
    late,
  );
  if (end.code === 0 && !late.aborted) return;
  const words = end.words.trim();
  throw new UserError(
    `switch hook ${program} ${howItEnded(end, late.aborted, options.timeout)}${words === '' ? '' : `: ${words}`}`,
    {
      kind: 'stopped',
      code: 'PGM630',
      hint: 'writes go on where they were; fix the hook, then run `pgm apply` again',
    },
  );
}

function howItEnded({ code, signal, cannotStart }: ProgramEnd, late: boolean, timeout: number): string {
  if (cannotStart !== null) return `cannot be started: ${cannotStart}`;
  if (late) return `did not end within ${timeout / 1000} s`;
  return `ended with ${code === null ? (signal ?? 'a signal') : `exit code ${code}`}`;
}

const hookMark = (lineage: string): string => `hook ${lineage} `;

/**
 * Ends hooks of an earlier run that was ended together with what watches its programs: one that goes on would send
 * clients to a side that does not take the writes. A hook is known by its command; what one that ended by itself left
 * is meant to run, and only told.
 */
export function endLeftHooks({ lineage, options, warn }: Pick<HookJob, 'lineage' | 'options' | 'warn'>): void {
  const left = markedProcesses(hookMark(lineage));
  const marks = new Set(
    left.filter(({ argv }) => options.hooks.switch.some(hook => runs(argv, hook))).map(({ mark }) => mark),
  );
  for (const mark of marks) {
    endMarked(mark);
    warn('a switch hook of the interrupted run was still running, and was ended');
  }
  const others = left.filter(({ mark }) => !marks.has(mark));
  if (others.length > 0)
    warn(
      'a switch hook of the interrupted run left processes behind, which are left ' +
        `alone: ${others.map(({ pid, argv }) => `${pid} (${argv[0] ?? ''})`).join(', ')}`,
    );
}

/** A script's interpreter stands before it, a program may be found by PATH. */
function runs(argv: readonly string[], [program = '', ...rest]: readonly string[]): boolean {
  const own = argv.slice(-rest.length - 1);
  return basename(own[0] ?? '') === basename(program) && rest.every((word, index) => own[index + 1] === word);
}

export type HookJob = Pick<
  Switchover,
  'event' | 'from' | 'to' | 'databases' | 'options' | 'lineage' | 'folder' | 'progress' | 'warn'
>;

/**
 * Runs all switch hooks one after another, to send clients to a side. A hook ends with pgm, however pgm ends: one that
 * outlived it would send clients to a side that does not take the writes.
 * @throws UserError of the first that fails
 */
export async function runHooksTo(
  keeper: Keeper,
  job: HookJob,
  to: Side,
  event: Switchover['event'],
  signal: AbortSignal,
): Promise<void> {
  const { hooks, timeout } = job.options;
  const databases = job.databases.map(({ name }) => name);
  for (const argv of hooks.switch) {
    job.progress({ message: `running ${argv[0] ?? ''}` });
    await runHook(keeper, {
      argv,
      to: to.conninfo,
      databases,
      event,
      folder: job.folder,
      lineage: job.lineage,
      timeout,
      signal,
    });
  }
}

/**
 * After hooks had begun and the switch was undone all the same: clients that they moved must not write where nobody
 * follows. Never throws.
 */
export async function turnClientsBack(keeper: Keeper, job: HookJob): Promise<void> {
  const back = job.event === 'cutover' ? 'failback' : 'cutover';
  await runHooksTo(keeper, job, job.from, back, new AbortController().signal).catch((error: unknown) => {
    job.warn(
      'the switch was undone after its hooks had begun, and clients could not be sent back ' +
        `to the ${job.from.role}: ${error instanceof Error ? error.message : String(error)}. ` +
        `Make sure that nobody writes on the ${job.to.role}`,
    );
  });
}
