import type { Connection } from '../postgres/connection.js';
import type { ReplicaIdentitySetting } from '../state/lockfile.js';
import { settingKey } from '../state/settable.js';
import { plural } from '../quantities.js';
import type { StepKind } from './step-kind.js';
import { undoReplicaIdentity } from './undo-identity.js';

export interface RestoreIdentityInput {
  readonly database: string;
  /** What each was before pgm made it FULL, on either side. */
  readonly records: readonly ReplicaIdentitySetting[];
}

/** Once nothing is replicated any more: FULL writes whole rows into WAL for as long as it stays. */
export const restoreIdentity: StepKind<RestoreIdentityInput> = {
  kind: 'restore-identity',

  describe: ({ database, records }) => ({
    title: `restore the replica identity of ${plural(new Set(records.map(({ schema, table }) => JSON.stringify([schema, table]))).size, 'table')}`,
    action: 'update',
    server: 'target',
    database,
    statements: records.flatMap(record =>
      undoReplicaIdentity(record).statements.map(statement => `${statement}   -- on the ${record.server}`),
    ),
    reversible: true,
    impact: { locks: ['ACCESS EXCLUSIVE on each table, for a moment'] },
  }),

  async run(context, { records }) {
    for (const record of records) {
      const putBack = (session: Connection): Promise<string | null> =>
        session.transaction(async () => {
          await session.execute("set local lock_timeout = '5s'");
          return undoReplicaIdentity(record).run(session);
        });
      const found =
        record.server === 'source'
          ? await context.withSource(record.database, putBack)
          : await context.withTarget(record.database, putBack);
      if (found !== null) context.warn(`${found}; it stays so`);
      await context.state.forgetSetting(settingKey(record));
    }
    return {};
  },
};
