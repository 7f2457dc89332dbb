import { UserError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import type { StepKindName } from '../steps/step-traits.js';
import { applyMigration } from './apply-migration.js';
import type { Status } from './status.js';

/** What brings definitions, and tables with their rows. Anything else of a plan is for somebody who sees it. */
const followingKinds: ReadonlySet<string> = new Set<StepKindName>([
  'database',
  'tables',
  'definitions',
  'bring-back',
  'publication',
  'slot',
  'schema',
  'sequences',
  'copy',
  'indexes',
  'subscription',
  'constraints',
  'sync',
  'matviews',
  'analyze',
]);

/** Definitions that changed, and tables that were made, dropped and made again, renamed or moved. */
const followedCodes: ReadonlySet<string> = new Set(['PGM605', 'PGM606', 'PGM612', 'PGM613', 'PGM614', 'PGM615']);

/** Pure: whether a look at the migration has seen what `schema_changes: follow` lets be done without asking. */
export function wantsFollowing(spec: Spec, { state, drift }: Status): boolean {
  return (
    spec.schemaChanges === 'follow' &&
    ((spec.goal === 'synced' && state === 'syncing') || (spec.goal === 'cutover' && state === 'cut-over')) &&
    drift.some(({ code, severity }) => followedCodes.has(code) && severity === 'warning')
  );
}

/** Pure. */
export function isFollowing({ steps }: Pick<Plan, 'steps'>): boolean {
  return steps.every(({ kind, action }) => followingKinds.has(kind) && (action !== 'delete' || kind === 'tables'));
}

export type FollowedChanges =
  | { readonly kind: 'followed'; readonly titles: readonly string[] }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly message: string };

/** One apply of what is followed, under the migration's lock; where another run has it, that one does it. */
export async function followUnattended(spec: Spec, signal: AbortSignal): Promise<FollowedChanges> {
  const titles: string[] = [];
  try {
    const { result } = await applyMigration(
      spec,
      {
        allowDump: false,
        waitRestart: 0,
        lockTimeout: 0,
        unattended: true,
        approve: plan => Promise.resolve(isFollowing(plan)),
        signal,
      },
      event => {
        if (event.type === 'step_start' && ['definitions', 'tables', 'bring-back'].includes(event.kind))
          titles.push(event.title);
      },
    );
    return result === 'nothing-to-do' ? { kind: 'nothing' } : { kind: 'followed', titles };
  } catch (error) {
    if (signal.aborted || (error instanceof UserError && error.kind === 'locked')) return { kind: 'nothing' };
    if (error instanceof UserError && error.kind === 'declined')
      return {
        kind: 'failed',
        message: 'the plan has steps that need approval: `pgm plan` shows them',
      };
    return { kind: 'failed', message: reportError(error).message };
  }
}
