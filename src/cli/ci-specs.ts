import { allSpecs, specsChangedSince } from '../ci/changed-specs.js';
import type { Platform } from '../ci/platform.js';
import { plural } from '../quantities.js';
import type { Sink } from '../render/terminal.js';

/** What `pgm ci` is given, but its action. */
export interface CiValues {
  readonly specs: readonly string[];
  readonly dir: string;
  readonly base: string | undefined;
  readonly all: boolean;
  readonly comment: boolean;
  readonly issue: boolean;
  readonly dotenv: string | undefined;
  readonly commit: string | undefined;
  readonly 'lock-timeout': string;
  readonly 'max-lag': string;
  readonly 'max-wal': string;
}

/**
 * The specs that this job is about: those given, else those that the review or the push changed, else all there are.
 */
export function specsFor(values: CiValues, platform: Platform | null, log: Sink): string[] {
  if (values.specs.length > 0) return [...values.specs];
  const all = allSpecs();
  const base = values.base ?? platform?.review?.base ?? platform?.pushedFrom ?? null;
  if (values.all || base === null) return all;
  const changed = specsChangedSince(base, all);
  if (changed !== null) return changed;
  log.write(
    `Commit ${base} is not in this clone, so the changes cannot be determined: ${plural(all.length, 'spec')} ` +
      'of the repository (fetch the whole history: fetch-depth: 0, GIT_DEPTH: 0).\n',
  );
  return all;
}
