import { UserError, type FailureKind } from '../errors.js';

/** What pgm's exit codes mean (README and the contract promise them). */
export const exitCodes = {
  ok: 0,
  failure: 1,
  /** Only `plan --detailed-exitcode`. */
  changes: 2,
  usage: 3,
  locked: 4,
  'stale-plan': 5,
  blocked: 6,
  stopped: 7,
  declined: 8,
  different: 9,
} as const satisfies Record<FailureKind | 'ok' | 'changes', number>;

/** The one map from what was thrown to the exit code; what is not a UserError is a failure (1). */
export function exitCodeOf(error: unknown): number {
  return error instanceof UserError ? exitCodes[error.kind] : exitCodes.failure;
}
