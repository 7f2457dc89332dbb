import { goalBefore } from '../spec/spec.js';
import type { FinishedSwitch } from '../state/lockfile.js';
import { rememberSwitch } from '../state/progress.js';
import { rememberShut } from '../state/remembered-shut.js';
import type { StepContext } from './context.js';

/**
 * Writes a finished switch down on the target, then in the lockfile: a lockfile that is lost, or replaced by an older
 * one, must neither lead to a copy over what was written on the target nor lose the way back.
 */
export async function recordSwitch(
  context: StepContext,
  done: FinishedSwitch,
  databases: readonly { readonly name: string }[],
): Promise<void> {
  const reached = done.event === 'failback' ? 'synced' : 'cutover';
  const { spec, lineage } = context;
  const { settings } = context.state.read();
  const remembered = {
    lineage,
    reached,
    goal_by_flag: goalBefore(spec.goal, reached) ? reached : null,
    settings,
    cutover: done,
  } as const;
  for (const { name } of databases) {
    try {
      await context.withTarget(name, async target => {
        await rememberSwitch(target, spec.name, remembered);
        await rememberShut(target, spec.name, null);
      });
    } catch (error) {
      context.warn(
        `${name}: what the target remembers of the ${done.event} could not be ` +
          `written: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  await context.state.recordSwitched(done, reached);
}
