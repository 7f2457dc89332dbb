import type { Finding } from '../checks/finding.js';
import { codeEntry } from '../checks/all-codes.js';
import { goalBefore, type Goal, type Spec } from '../spec/spec.js';
import type { Lockfile } from '../state/lockfile.js';
import { bothWrittenInWords, type HalfSwitch } from './half-switch.js';
import { knowsNoCutover } from './reached-so-far.js';

export interface Wish {
  readonly spec: Spec;
  /** `--goal`, which goes before the spec's. */
  readonly goalByFlag: Goal | undefined;
  /** What comes of it with this method. */
  readonly goal: Goal;
  readonly method: 'continuous' | 'dump';
  readonly reached: Goal | null;
  readonly lockfile: Lockfile | null;
  readonly half: HalfSwitch | null;
}

/** What the goal asks for and cannot have, as findings, so that it is seen with everything else. */
export function refusals(wish: Wish): readonly Finding[] {
  const refused = refusal(wish);
  if (refused === null) return [];
  const { code, message, remedy } = refused;
  const { slug, title } = codeEntry(code);
  return [
    {
      code,
      slug,
      severity: 'error',
      status: 'blocked',
      server: 'local',
      title,
      message,
      current: wish.reached,
      required: wish.goal,
      remedy,
    },
  ];
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

function refusal({ spec, goalByFlag, goal, method, reached, lockfile, half }: Wish): Refusal | null {
  if (half !== null && half.bothWritten !== null) {
    const [message, remedy] = bothWrittenInWords(half.event, half.bothWritten);
    return { code: 'PGM627', message, remedy };
  }
  if (method === 'dump' && (goalByFlag ?? spec.goal) === 'cutover')
    return {
      code: 'PGM641',
      message: 'a dump cannot be cut over: rows written after it began are not on the target',
      remedy: 'stop your applications, run `pgm apply` with goal ready; or make logical replication possible',
    };
  if (reached === null || !goalBefore(goal, reached)) return null;
  if (reached === 'cutover' && half === null && knowsNoCutover(lockfile))
    return {
      code: 'PGM645',
      message: 'the target has the writes, but the lockfile is lost or an older one and does not know of the cutover',
      remedy: 'put the right lockfile back; or write `goal: cutover` in the spec and run `pgm apply`, which records it',
    };
  const byFlag = lockfile?.goal_by_flag ?? null;
  if (byFlag !== null && goalByFlag === undefined && goalBefore(spec.goal, byFlag))
    return {
      code: 'PGM642',
      message: `\`apply --goal ${byFlag}\` went further than the spec, which asks for ${spec.goal}`,
      remedy:
        `write \`goal: ${reached}\` in the spec to stay there; or, to go ` +
        `back, run \`pgm apply --goal ${spec.goal}\``,
    };
  if (reached === 'ready')
    return {
      code: 'PGM640',
      message: 'the migration is ready: nothing is left for a rollback',
      remedy: 'write `goal: ready` in the spec',
    };
  if (reached === 'cutover' && goal === 'synced')
    return spec.cutover.failback
      ? null
      : {
          code: 'PGM643',
          message: 'cutover.failback is false: the source did not follow the target since the cutover',
          remedy: 'write `goal: cutover` in the spec',
        };
  // What is prepared stays so while the target follows.
  if (reached === 'synced') return null;
  return {
    code: 'PGM644',
    message: `${reached} was reached; ${goal} cannot be returned to`,
    remedy: `write \`goal: ${reached}\` in the spec`,
  };
}
