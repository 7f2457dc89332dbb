import { preloadedLibraries } from '../copy/preload-settings.js';
import { reportError } from '../postgres/errors.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import type { StepContext } from './context.js';

/** Why a setting would keep everybody out of the target: a library that it cannot load. null: it can, or names none. */
export async function preloadRefusal(context: StepContext, setting: string): Promise<string | null> {
  const libraries = preloadedLibraries(setting);
  if (libraries.length === 0) return null;
  return context.withTarget(context.spec.target.connection.database, async target => {
    // As another session would find it: not in the one that works.
    for (const library of libraries) {
      try {
        await target.execute(`load ${quoteLiteral(library)}`);
      } catch (error) {
        return `the target cannot load it, and would refuse every connection: ${reportError(error).message}`;
      }
    }
    return null;
  });
}
