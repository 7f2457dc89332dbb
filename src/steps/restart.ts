import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { withConnection } from '../postgres/connect.js';
import { reportError } from '../postgres/errors.js';
import { restartStepId, runRestart, shownCommand } from './begun-restart.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';

export interface RestartInput {
  /** Settings that need it, as they will be. */
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** argv, or null: the user restarts it. */
  readonly command: readonly string[] | null;
  readonly provider: string | null;
}

const comeBackWithin = 120_000;

/** The one restart for all settings that need one. Only the source's: the target's is never ours to do. */
export const restart: StepKind<RestartInput, 'restart'> = {
  kind: 'restart',

  describe: ({ settings, command }) => ({
    title: command === null ? 'restart the server: by you (source.restart: manual)' : 'restart the server',
    action: 'run',
    server: 'source',
    statements: [
      command === null ? '-- restart PostgreSQL on the source, then run `pgm apply` again' : `$ ${command.join(' ')}`,
      `-- for ${settings.map(({ name }) => name).join(', ')}`,
    ],
    reversible: false,
    impact: { restart: true, blocks_writes: true },
  }),

  async probe(context, { settings }) {
    return (await inEffect(context, settings)) ? 'present' : 'absent';
  },

  async run(context, { settings, command }, progress) {
    if (command === null) {
      // What an earlier command left is not of this restart.
      await context.state.noteStep(restartStepId, null);
      await manualRestart(context, settings, progress);
      return { outcome: 'restarted by hand' };
    }
    const began = performance.now();
    progress({ message: `running ${command[0] ?? ''}` });
    await runRestart({
      command,
      note: begun => context.state.noteStep(restartStepId, begun),
      signal: context.signal,
      said: line => progress({ message: line }),
      inEffect: () => inEffect(context, settings),
    }).catch((error: unknown) => {
      if (context.signal.aborted) context.warn(reportError(error).message);
      throw error;
    });
    await untilInEffect(context, settings, comeBackWithin);
    return {
      outcome: `back after ${((performance.now() - began) / 1000).toFixed(1)} s`,
      record: { state: 'ended', command: shownCommand(command) },
    };
  },
};

/** The restart is the user's, and has not come yet: nothing has failed. */
export const restartAwaited = 'PGM291';

async function manualRestart(
  context: StepContext,
  settings: RestartInput['settings'],
  progress: (p: { message: string }) => void,
): Promise<void> {
  const names = settings.map(({ name, value }) => `${name} = ${value}`).join(', ');
  if (context.waitRestart === 0) {
    throw new UserError(`the source must be restarted for ${names}`, {
      kind: 'stopped',
      code: restartAwaited,
      hint:
        'restart PostgreSQL on the source (for example `sudo systemctl restart postgresql`), then run `pgm ' +
        'apply` again; or give `--wait-restart 10m`, or source.restart.command in the spec',
    });
  }
  progress({ message: `waiting for you to restart the source (${names})` });
  try {
    await untilInEffect(context, settings, context.waitRestart);
  } catch (error) {
    throw new UserError(`the source was not restarted within --wait-restart`, {
      kind: 'stopped',
      code: restartAwaited,
      cause: error,
      hint: 'restart PostgreSQL on the source, then run `pgm apply` again',
    });
  }
}

async function untilInEffect(context: StepContext, settings: RestartInput['settings'], timeout: number): Promise<void> {
  const deadline = performance.now() + timeout;
  for (;;) {
    if (await inEffect(context, settings).catch(() => false)) return;
    if (performance.now() > deadline)
      throw new UserError(
        `${settings.map(({ name }) => name).join(', ')}: not in ` +
          `effect ${Math.round(timeout / 1000)} s after the restart`,
        { code: 'PGM869', hint: 'look at the server’s log' },
      );
    await sleep(200, undefined, { signal: context.signal });
  }
}

async function inEffect(context: StepContext, settings: RestartInput['settings']): Promise<boolean> {
  const { connection } = context.spec.source;
  return withConnection(connection, { purpose: 'restart' }, async session => {
    const rows = await session.rows<{ name: string; setting: string; waiting: boolean }>(
      'select name, setting, pending_restart as waiting from pg_settings where name = any($1)',
      [settings.map(({ name }) => name)],
    );
    return settings.every(({ name, value }) =>
      rows.some(row => row.name === name && row.setting === value && !row.waiting),
    );
  });
}
