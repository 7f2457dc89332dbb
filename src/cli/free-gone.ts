import { UserError } from '../errors.js';
import { requireApprovalPossible } from './approval.js';
import type { Context } from './command.js';
import { readSpec } from './read-spec.js';
import { runTeardown } from './run-teardown.js';

export interface GoneValues {
  readonly spec: string;
  readonly gone: string;
  readonly 'auto-approve': boolean;
  readonly 'lock-timeout': string;
  readonly json: boolean;
  readonly verbose: boolean;
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
  const spec = await readSpec(values.spec, context);
  const wish = { command, gone, release: command === 'stop', open: false } as const;
  return runTeardown({ spec, specPath: values.spec, wish }, values, context);
}
