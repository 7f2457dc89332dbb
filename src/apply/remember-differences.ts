import { UserError } from '../errors.js';
import type { Spec } from '../spec/spec.js';
import { recordComparison } from '../state/differences.js';
import type { FoundDifferences } from '../state/lockfile.js';
import { openBackend } from '../state/open-backend.js';
import { withRunLock } from '../state/run-lock.js';
import { openStateSession } from '../state/state-session.js';
import type { VerifyReport } from '../verify/report.js';

/**
 * Notes in the state what a comparison found, so that status, plan and the report know of it, or that it is gone. Where
 * nothing was known and nothing was found nothing is written.
 * @returns why it could not be noted; null: it is, or there is nothing to note
 */
export async function rememberDifferences(
  spec: Spec,
  report: VerifyReport,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const found = foundIn(report, new Date().toISOString());
    const stored = await openBackend(spec).read();
    if (stored === null || (found === null && stored.differences === undefined)) return null;
    await withRunLock(
      spec,
      { command: 'verify', lockTimeout: 0, signal, waiting: () => undefined, notice: () => undefined },
      async lock => {
        const state = await openStateSession(openBackend(spec), lock);
        await state.update(current => recordComparison(current, report.depth, found), 'record');
      },
    );
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function foundIn({ equal, depth, databases }: VerifyReport, at: string): FoundDifferences | null {
  if (equal) return null;
  const unequal = databases.filter(database => !database.equal);
  const tables = unequal.flatMap(({ name: database, tables: its }) =>
    its.filter(table => !table.equal).map(({ schema, table }) => ({ database, schema, name: table })),
  );
  const others = unequal
    .filter(({ tables: its }) => its.every(table => table.equal))
    .reduce((sum, { sequences, large_objects: objects }) => sum + sequences.length + (objects?.differing ?? 0), 0);
  return { found_at: at, depth, tables, others };
}
