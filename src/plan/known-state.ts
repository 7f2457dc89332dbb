import type { Finding } from '../checks/finding.js';
import { codeEntry } from '../checks/all-codes.js';
import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { catchUp, missedSwitch, type RememberedSwitch } from '../state/remembered-switch.js';
import { newLockfile } from '../state/transitions.js';

export interface KnownState {
  /** The lockfile, brought up to what the target remembers; null: there is none and nothing is remembered. */
  readonly lockfile: Lockfile | null;
  /** A lockfile is stored; else what is known comes from the servers alone. */
  readonly isStored: boolean;
  /** The switch that the stored lockfile does not know of. */
  readonly missed: RememberedSwitch | null;
  /**
   * What settings were before pgm changed them: of the lockfile and, where it is lost or older, of the target's memory.
   */
  readonly settings: Lockfile['settings'];
}

/** What the lockfile and the target know together. Pure: nothing is stored. */
export function knownState(spec: Spec, facts: Facts, stored: Lockfile | null, pgmVersion: string): KnownState {
  const settings = { ...settingsRemembered(facts, stored), ...stored?.settings };
  const lockfile = stored === null ? null : { ...stored, settings };
  const missed = missedSwitch(lockfile, rememberedSwitches(facts));
  const isStored = stored !== null;
  if (missed === null) return { lockfile, isStored, missed, settings };
  const { lineage, cutover } = missed;
  const known = catchUp(
    lockfile ?? { ...newLockfile(spec, { pgmVersion, at: cutover.finished_at, lineage }), settings },
    missed,
  );
  return { lockfile: known, isStored, missed, settings: known.settings };
}

/** Those of another lineage were noted for a migration that this lockfile knows nothing of. */
function settingsRemembered({ target }: Facts, lockfile: Lockfile | null): Lockfile['settings'] {
  const remembered = target.kind === 'server' ? target.remembered : null;
  return remembered !== null && (lockfile === null || lockfile.lineage === remembered.lineage)
    ? remembered.settings
    : {};
}

function rememberedSwitches(facts: Facts): readonly RememberedSwitch[] {
  return facts.databases.flatMap(({ target }) => target?.progress?.lastSwitch ?? []);
}

export function missedSwitchFinding({ reached, cutover }: RememberedSwitch): Finding {
  const { event } = cutover;
  const { slug, title } = codeEntry('PGM646');
  return {
    code: 'PGM646',
    slug,
    severity: 'warning',
    status: 'change',
    server: 'local',
    title,
    message:
      `the lockfile is lost or older than the ${event} ` +
      `of ${cutover.finished_at}; what the target remembers of it is taken`,
    current: null,
    required: reached,
    remedy: null,
  };
}
