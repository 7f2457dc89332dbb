import { readLag, waitApplied } from '../replication/lag.js';
import { readApplyErrors } from '../replication/apply-errors.js';
import { UserError } from '../errors.js';
import type { StepKind } from './step-kind.js';
import { formatBytes } from '../quantities.js';

export interface SyncInput {
  readonly database: string;
  readonly slots: readonly string[];
}

/** Without any advance for so long the wait ends with what the target says. */
const standstill = 120_000;

/** Done when every lane has applied all that was written up to now. */
export const sync: StepKind<SyncInput> = {
  kind: 'sync',

  describe: ({ database, slots }) => ({
    title: `wait until ${slots.length === 1 ? 'the lane has' : `${slots.length} lanes have`} applied all that was written meanwhile`,
    action: 'run',
    server: 'target',
    database,
    statements: ['-- pg_stat_replication.replay_lsn reaches pg_current_wal_insert_lsn()'],
    reversible: true,
  }),

  async run(context, { database, slots }, progress) {
    return context.withSource(database, async source => {
      const { lsn } = await source.row<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
      // Makes the WAL move on an idle server, so that there is something to reach.
      await source.rows("select pg_logical_emit_message(true, 'pgm', 'sync')");
      let least = Infinity;
      for (;;) {
        try {
          await waitApplied(source, slots, lsn, {
            timeout: standstill,
            every: 100,
            signal: context.signal,
            onBehind: bytes => progress({ bytes: { done: 0, total: bytes }, message: `${formatBytes(bytes)} behind` }),
          });
          break;
        } catch (error) {
          const errors = await context.withTarget(database, target => readApplyErrors(target, slots));
          if (errors.length > 0) throw new UserError(`replication of "${database}" does not advance: ${errors.join('; ')}`, { cause: error, code: 'PGM605', hint: 'the target server’s log has the failing row; mend its cause, then run `pgm apply` again' });
          const behind = (await readLag(source, slots)).reduce((sum, lane) => sum + (lane.lagBytes ?? 0), 0);
          if (behind >= least) throw error;
          least = behind;
        }
      }
      return { outcome: 'streaming' };
    });
  },
};
