import type { Finding } from '../checks/finding.js';
import { codeEntry } from '../checks/all-codes.js';
import type { Facts } from '../inspect/facts.js';
import type { Spec } from '../spec/spec.js';
import type { Lockfile, ShutRecord } from '../state/lockfile.js';
import { missedShut, type RememberedShut } from '../state/remembered-shut.js';
import { catchUp, missedSwitch, type RememberedSwitch } from '../state/remembered-switch.js';
import { newLockfile, recordShut } from '../state/transitions.js';
import { inferReached } from './infer-reached.js';

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
  /** The side that the stored lockfile does not know to be shut. */
  readonly missedShut: ShutRecord | null;
}

/** What the lockfile and the target know together. Pure: nothing is stored. */
export function knownState(spec: Spec, facts: Facts, stored: Lockfile | null, pgmVersion: string): KnownState {
  const settings = { ...settingsRemembered(facts, stored), ...stored?.settings };
  const lockfile = stored === null ? null : { ...stored, settings };
  const missed = missedSwitch(lockfile, rememberedSwitches(facts));
  const isStored = stored !== null;
  const unknown = missedShut(lockfile, rememberedShuts(facts));
  const shut = unknown?.shut ?? null;
  const known = { isStored, missed, settings, missedShut: shut };
  if (missed === null)
    return { ...known, lockfile: withShut(spec, facts, lockfile, unknown, { pgmVersion, settings }) };
  const { lineage, cutover } = missed;
  const caughtUp = catchUp(
    lockfile ?? { ...newLockfile(spec, { pgmVersion, at: cutover.finished_at, lineage }), settings },
    missed,
  );
  return { ...known, lockfile: shut === null ? caughtUp : recordShut(caughtUp, shut), settings: caughtUp.settings };
}

/** Without a lockfile a switch that was never finished is known by what it left shut alone. */
function withShut(
  spec: Spec,
  facts: Facts,
  lockfile: Lockfile | null,
  unknown: RememberedShut | null,
  { pgmVersion, settings }: { readonly pgmVersion: string; readonly settings: Lockfile['settings'] },
): Lockfile | null {
  if (unknown === null) return lockfile;
  if (lockfile !== null) return recordShut(lockfile, unknown.shut);
  const at = new Date(0).toISOString();
  const anew = { ...newLockfile(spec, { pgmVersion, at, lineage: unknown.lineage }), settings };
  return recordShut({ ...anew, method: 'continuous', reached: inferReached(spec, facts) }, unknown.shut);
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

function rememberedShuts(facts: Facts): readonly RememberedShut[] {
  return facts.databases.flatMap(({ target }) => target?.progress?.leftShut ?? []);
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
