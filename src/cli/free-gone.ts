import { UserError } from '../errors.js';
import { askForYes, requireApprovalPossible } from './approval.js';
import type { Context } from './command.js';
import { durationOption } from './common-options.js';
import { exitCodes } from './exit-code.js';
import { readSpec } from './read-spec.js';

export interface GoneValues {
  readonly spec: string;
  readonly gone: string;
  readonly 'auto-approve': boolean;
  readonly 'lock-timeout': string;
  readonly json: boolean;
}

/** `stop --release`, `close` and `destroy` with `--gone`: shows what is freed on the other server, asks, frees it. */
export async function freeGone(
  command: 'stop' | 'close' | 'destroy',
  values: GoneValues,
  context: Context,
): Promise<number> {
  const { gone } = values;
  if (gone !== 'source' && gone !== 'target')
    throw new UserError(`--gone ${gone}: it is source or target`, { kind: 'usage', code: 'PGM807' });
  requireApprovalPossible(command, { autoApprove: values['auto-approve'], json: values.json });
  const { out } = context.terminal;
  const lockTimeout = durationOption('lock-timeout', values['lock-timeout']);
  const spec = await readSpec(values.spec, context);
  const [{ freeSide }, { showApply }, { renderRemovals }] = await Promise.all([
    import('../apply/free-side.js'),
    import('../render/apply-display.js'),
    import('../render/removals-text.js'),
  ]);
  const display = showApply(out, { json: values.json, verbose: false });
  const approve = async (lines: readonly string[], stays: readonly string[]): Promise<boolean> => {
    if (!values.json) out.write(renderRemovals(lines, stays, out.palette));
    return (
      values['auto-approve'] ||
      (await askForYes(`The ${gone} is gone for ever. Do you want to free the other server?`, context))
    );
  };
  if (!values.json) context.interruption.speakThrough(display.print);
  try {
    const { signal } = context.interruption;
    await freeSide(spec, { command, gone, approve, lockTimeout, signal }, event => {
      display.report(event);
    });
  } catch (error) {
    display.fail(error);
    throw error;
  }
  display.close();
  if (!values.json) {
    const side = gone === 'source' ? 'target' : 'source';
    out.write(`${out.palette.green.bold('Freed.')} Nothing of ${spec.name} holds the ${side} any more.\n`);
  }
  return exitCodes.ok;
}
