import { neverFinished, type ResyncTable } from '../plan/resync.js';
import { withConnection } from '../postgres/connect.js';
import { runPurpose } from '../postgres/run-sessions.js';
import type { Spec } from '../spec/spec.js';

const markSql = `
update pgm.part
set parts = $4
where migration = $1 and schema = $2 and name = $3`;

/** From here on every apply takes these tables for unfinished, until they are copied again. */
export async function markResync(spec: Spec, tables: readonly ResyncTable[]): Promise<void> {
  for (const { database, schema, name } of tables) {
    await withConnection(spec.target.connection, { database, purpose: runPurpose(spec.name, 'resync') }, session =>
      session.rows(markSql, [spec.name, schema, name, neverFinished]),
    );
  }
}
