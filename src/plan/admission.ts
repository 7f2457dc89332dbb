import { UserError } from '../errors.js';
import type { Plan } from './plan.js';
import { staleness } from './staleness.js';

/**
 * A plan must be allowed, and be the one that was reviewed.
 * @throws UserError of kind stale-plan or blocked
 */
export function admit(
  plan: Plan,
  {
    savedPlan,
    approvedDigest,
    allowDump,
  }: { readonly savedPlan?: Plan; readonly approvedDigest?: string; readonly allowDump: boolean },
): void {
  if (approvedDigest !== undefined && approvedDigest !== plan.digest) {
    throw new UserError(`the plan is not the one that was approved: it is sha256:${plan.digest} now`, {
      kind: 'stale-plan',
      code: 'PGM815',
      hint: 'review it again: `pgm plan` shows it with its digest',
    });
  }
  if (savedPlan !== undefined && savedPlan.digest !== plan.digest) {
    throw new UserError(['the saved plan is stale', ...staleness(savedPlan, plan)].join('\n  '), {
      kind: 'stale-plan',
      code: 'PGM810',
      hint: `make a new one with \`pgm plan ${plan.teardown === undefined ? '' : '--destroy '}--out FILE\` and review it`,
    });
  }
  if (!plan.applicable) {
    const blocking = plan.findings.filter(finding => finding.severity === 'error');
    throw new UserError(
      `blocked by ${blocking.length} ` +
        `finding${blocking.length === 1 ? '' : 's'}: ${blocking.map(({ code, message }) => `${code} ${message}`).join('; ')}`,
      { kind: 'blocked', code: 'PGM845', hint: '`pgm plan` shows each with its remedy' },
    );
  }
  if (plan.fallback !== null && savedPlan === undefined && approvedDigest === undefined && !allowDump) {
    throw new UserError(
      `logical replication is not possible (${plan.fallback.reason}); a dump would ` +
        'do, but rows written after it begins are not migrated',
      {
        kind: 'blocked',
        code: 'PGM846',
        hint: '`pgm plan` shows each with its remedy; or accept the dump with --allow-dump',
      },
    );
  }
}
