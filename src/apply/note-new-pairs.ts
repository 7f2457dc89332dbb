import type { Facts } from '../inspect/facts.js';
import type { Plan } from '../plan/plan.js';
import { withConnection } from '../postgres/connect.js';
import { reportError } from '../postgres/errors.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { notePairs } from '../state/note-pairs.js';
import { ownObjectsProblems } from '../state/own-objects.js';
import type { Spec } from '../spec/spec.js';

const recordSql = "select to_regclass('pgm.stage') is not null as present";

/** Columns, sequences and tables that came since the copy: with their definitions, or by hand. What is known stays. */
export async function noteNewPairs(
  spec: Spec,
  { method, goal }: Plan,
  databases: Facts['databases'],
  warn: (message: string) => void,
): Promise<void> {
  if (method !== 'continuous' || goal === 'prepared' || goal === 'ready') return;
  for (const { name } of databases) {
    const session = { database: name, purpose: runPurpose(spec.name, 'pairs') };
    try {
      await withConnection(spec.target.connection, session, async target => {
        const { present } = await target.row<{ present: boolean }>(recordSql);
        // What somebody else made is not written into.
        if (!present || (await ownObjectsProblems(target, 'pgm')).length > 0) return;
        await withConnection(spec.source.connection, session, source => notePairs(source, target, spec.name));
      });
    } catch (error) {
      warn(`${name}: which table came from which could not be noted on the target: ${reportError(error).message}`);
    }
  }
}
