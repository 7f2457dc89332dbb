import { basename } from 'node:path';
import { UserError } from '../errors.js';
import type { Keeper, ProgramEnd } from '../postgres/keeper.js';
import { endMarked, markedProcesses } from '../postgres/marked-processes.js';
import type { Hooks } from '../spec/spec.js';
import type { Side } from './side.js';
import type { Switchover } from './job.js';

/** When a hook runs; its name in the spec, and PGM_HOOK. */
export type HookPhase = 'before' | 'switch' | 'after';

export type HookJob = Pick<
  Switchover,
  'event' | 'from' | 'to' | 'databases' | 'options' | 'lineage' | 'folder' | 'progress' | 'warn'
>;

interface HookRun {
  readonly phase: HookPhase;
  /** The switch was undone: the side that handed over keeps the writes. */
  readonly undone: boolean;
  readonly rehearse: boolean;
  readonly signal: AbortSignal;
}

/** Runs one hook. @throws UserError with its last words when it fails, hangs past its limit or cannot be started */
async function runHook(keeper: Keeper, job: HookJob, run: HookRun, argv: readonly string[]): Promise<void> {
  const [program = ''] = argv;
  const timeout = run.phase === 'switch' ? job.options.timeout : job.options.hooks.timeout;
  const late = AbortSignal.any([run.signal, AbortSignal.timeout(timeout)]);
  const end = await keeper.run(
    { argv, mark: hookMark(job.lineage), cwd: job.folder, env: { ...process.env, ...hookEnvironment(job, run) } },
    late,
  );
  if (end.code === 0 && !late.aborted) return;
  const words = end.words.trim();
  throw new UserError(
    `${phaseWords[run.phase]} ${program} ${howItEnded(end, late.aborted, timeout)}${words === '' ? '' : `: ${words}`}`,
    { kind: 'stopped', code: 'PGM630', hint: hints[run.phase] },
  );
}

const phaseWords: Readonly<Record<HookPhase, string>> = {
  before: 'hook before the stop',
  switch: 'switch hook',
  after: 'hook after the switch',
};

const hints: Readonly<Record<HookPhase, string>> = {
  before: 'writes were not stopped; fix the hook, then run `pgm apply` again',
  switch: 'writes go on where they were; fix the hook, then run `pgm apply` again',
  after: 'run it by hand',
};

/** What a hook finds in its environment. Never a password. */
export function hookEnvironment(
  { event, from, to, databases }: Pick<HookJob, 'event' | 'from' | 'to' | 'databases'>,
  { phase, undone, rehearse }: Pick<HookRun, 'phase' | 'undone' | 'rehearse'>,
): Readonly<Record<string, string>> {
  const [writes, other] = undone ? [from, to] : [to, from];
  return {
    PGM_HOOK: phase,
    PGM_EVENT: undone ? backOf(event) : event,
    PGM_SIDE: writes.role,
    ...addressOf(writes, 'PGM_'),
    PGM_USER: writes.conninfo.user,
    PGM_DATABASES: databases.map(({ name }) => name).join(','),
    ...addressOf(other, 'PGM_FROM_'),
    PGM_UNDONE: String(undone),
    PGM_REHEARSE: String(rehearse),
  };
}

function addressOf({ conninfo }: Side, prefix: string): Readonly<Record<string, string>> {
  const [host] = conninfo.hosts;
  return { [`${prefix}HOST`]: host?.host ?? '', [`${prefix}PORT`]: String(host?.port ?? '') };
}

const backOf = (event: Switchover['event']): Switchover['event'] => (event === 'cutover' ? 'failback' : 'cutover');

function howItEnded({ code, signal, cannotStart }: ProgramEnd, late: boolean, timeout: number): string {
  if (cannotStart !== null) return `cannot be started: ${cannotStart}`;
  if (late) return `did not end within ${timeout / 1000} s`;
  return `ended with ${code === null ? (signal ?? 'a signal') : `exit code ${code}`}`;
}

const hookMark = (lineage: string): string => `hook ${lineage} `;

const allOf = ({ before, switch: those, after }: Hooks): Hooks['switch'] => [...before, ...those, ...after];

export const hasHooks = (hooks: Hooks): boolean => allOf(hooks).length > 0;

/**
 * Ends hooks of an earlier run that was ended together with what watches its programs: one that goes on would send
 * clients to a side that does not take the writes. A hook is known by its command; what one that ended by itself left
 * is meant to run, and only told.
 */
export function endLeftHooks({ lineage, options, warn }: Pick<HookJob, 'lineage' | 'options' | 'warn'>): void {
  const left = markedProcesses(hookMark(lineage));
  const marks = new Set(
    left.filter(({ argv }) => allOf(options.hooks).some(hook => runs(argv, hook))).map(({ mark }) => mark),
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

/**
 * Runs all hooks of a phase one after another. A hook ends with pgm, however pgm ends: one that outlived it would send
 * clients to a side that does not take the writes.
 * @throws UserError of the first that fails
 */
export async function runHooks(keeper: Keeper, job: HookJob, run: HookRun): Promise<void> {
  for (const argv of job.options.hooks[run.phase]) {
    job.progress({ message: `running ${argv[0] ?? ''}` });
    await runHook(keeper, job, run, argv);
  }
}

/** Sends clients to the side that takes over. @throws UserError of the first that fails */
export async function sendClients(keeper: Keeper, job: HookJob, signal: AbortSignal): Promise<void> {
  await runHooks(keeper, job, { phase: 'switch', undone: false, rehearse: false, signal });
}

/**
 * After hooks had begun and the switch was undone all the same: clients that they moved must not write where nobody
 * follows. Never throws.
 */
export async function turnClientsBack(keeper: Keeper, job: HookJob): Promise<void> {
  const { signal } = new AbortController();
  await runHooks(keeper, job, { phase: 'switch', undone: true, rehearse: false, signal }).catch((error: unknown) => {
    job.warn(
      'the switch was undone after its hooks had begun, and clients could not be sent back ' +
        `to the ${job.from.role}: ${error instanceof Error ? error.message : String(error)}. ` +
        `Make sure that nobody writes on the ${job.to.role}`,
    );
  });
}

/**
 * What the hooks before the stop put to rest goes on: on the side that took over, or on the one that keeps the writes.
 * All of them are tried. Never throws: the switch, or its undoing, stands.
 */
export async function runAfterHooks(
  keeper: Keeper,
  job: HookJob,
  { undone, rehearse = false, signal }: { readonly undone: boolean; rehearse?: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const run: HookRun = { phase: 'after', undone, rehearse, signal };
  for (const argv of job.options.hooks.after) {
    job.progress({ message: `running ${argv[0] ?? ''}` });
    await runHook(keeper, job, run, argv).catch((error: unknown) => {
      const { role } = undone ? job.from : job.to;
      job.warn(
        `${error instanceof Error ? error.message : String(error)}. ` +
          `The ${role} has the writes all the same: fix the hook and run it by hand, with ` +
          ['PGM_HOOK', 'PGM_EVENT', 'PGM_SIDE', 'PGM_HOST', 'PGM_PORT', 'PGM_UNDONE']
            .map(name => `${name}=${hookEnvironment(job, run)[name] ?? ''}`)
            .join(' '),
      );
    });
  }
}
