import { finishStage, handedOverStage, forgetStage } from '../state/progress.js';
import type { StepContext } from './context.js';

/**
 * Remembers on the target that it has the writes, or after a failback that it no longer has: a lockfile that is lost,
 * or replaced by an older one, must never lead to a copy over what was written there.
 */
export async function markHandedOver(context: StepContext, event: 'cutover' | 'failback', databases: readonly { readonly name: string }[]): Promise<void> {
  for (const { name } of databases) {
    try {
      await context.withTarget(name, target => (event === 'cutover' ? finishStage : forgetStage)(target, context.spec.name, handedOverStage));
    } catch (error) {
      context.warn(`${name}: what the target remembers of the ${event} could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
