import type { ShutRecord } from '../state/lockfile.js';
import { rememberShut } from '../state/remembered-shut.js';
import type { StepContext } from './context.js';

/**
 * Writes down on the target which side stays shut, and what opening it puts back: without the lockfile nobody would
 * know whom to let in again.
 * @param shut null: none
 */
export async function recordLeftShut(
  context: StepContext,
  databases: readonly { readonly name: string }[],
  shut: ShutRecord | null,
): Promise<void> {
  const remembered = shut === null ? null : { lineage: context.lineage, shut };
  for (const { name } of databases) {
    try {
      await context.withTarget(name, target => rememberShut(target, context.spec.name, remembered));
    } catch (error) {
      context.warn(
        `${name}: which side is shut could not be written on the target: ` +
          (error instanceof Error ? error.message : String(error)),
      );
    }
  }
}
