import { readLag, waitApplied, type LaneLag } from '../replication/lag.js';
import { WorkerWatch } from '../replication/wake-workers.js';
import type { Connection } from '../postgres/connection.js';
import { countApplyErrors, readApplyErrors } from '../replication/apply-errors.js';
import { describeFailure, findApplyFailure, waysOut, type ApplyFailure } from '../replication/apply-failure.js';
import { runPurpose } from '../postgres/run-sessions.js';
import type { StepContext } from './context.js';
import { UserError } from '../errors.js';
import type { StepKind } from './step-kind.js';
import { formatBytes } from '../quantities.js';

export interface SyncInput {
  readonly database: string;
  readonly slots: readonly string[];
}

/** Apply errors of each lane so far (15 on): those that come later are new ones. */
export interface SyncRecord {
  readonly apply_errors: Readonly<Record<string, number>>;
}

/** Milliseconds between two looks at what stands in the way. */
const slice = 5_000;
/** Without any advance for so long it is asked what the target says. */
const patience = 10_000;
/** One transaction may be large: while a worker is at it, nothing advances. */
const standstill = 30 * 60_000;

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
      const workers = new WorkerWatch(slots);
      const withSubscriber = (use: (target: Connection) => Promise<void>): Promise<void> =>
        context.withTarget(database, use);
      let least = Infinity;
      let advanced = performance.now();
      for (;;) {
        try {
          await waitApplied(source, slots, lsn, {
            timeout: slice,
            every: 100,
            signal: context.signal,
            onBehind: bytes => progress({ bytes: { done: 0, total: bytes }, message: `${formatBytes(bytes)} behind` }),
          });
          break;
        } catch (error) {
          const lanes = await whyNot(error, source, slots);
          const behind = lanes.reduce((sum, lane) => sum + (lane.lagBytes ?? 0), 0);
          if (behind < least) advanced = performance.now();
          least = Math.min(least, behind);
          const seconds = Math.round((performance.now() - advanced) / 1000);
          if (await workers.look(source, withSubscriber))
            context.warn(`${database}: nobody read the slot; the apply worker was started anew`);
          if (seconds * 1000 < patience) continue;
          const errors = await context.withTarget(database, target => readApplyErrors(target, slots));
          const failures = await findFailures(
            context,
            database,
            lanes.filter(lane => errors.length > 0 || !lane.active),
          );
          // Before 15 no server counts errors: that a worker is away and its next change is refused tells as much.
          const isRefused = failures.some(({ trial }) => typeof trial !== 'string');
          if (isRefused || errors.some(words => !/has no apply worker$/.test(words)) || seconds * 1000 > standstill)
            throw notAdvancing(database, errors, failures, error);
          progress({
            waiting_for: `the target to apply what it has (${formatBytes(behind)}; no advance for ${seconds} s)`,
          });
        }
      }
      const record: SyncRecord = {
        apply_errors: await context.withTarget(database, target => countApplyErrors(target, slots)),
      };
      return { outcome: 'streaming', record };
    });
  },
};

/** What came of the lanes when the wait ended. @throws the error, when waiting longer does not help */
async function whyNot(error: unknown, source: Connection, slots: readonly string[]): Promise<readonly LaneLag[]> {
  if (!(error instanceof UserError)) throw error;
  const lanes = await readLag(source, slots);
  if (lanes.length < slots.length || lanes.some(lane => lane.walStatus === 'lost')) throw error;
  return lanes;
}

/** What lanes stand at. */
async function findFailures(
  context: StepContext,
  database: string,
  lanes: readonly LaneLag[],
): Promise<readonly ApplyFailure[]> {
  const { source, target, name } = context.spec;
  const ends = {
    database,
    publisher: source.connection,
    subscriber: target.connection,
    purpose: runPurpose(name, 'why not'),
  };
  const found = await Promise.all(
    lanes.map(({ slot }) =>
      findApplyFailure({ ...ends, lane: slot }, { tries: true }).catch((error: unknown) => {
        // For want of rights, or of a free slot: it is still in the target's log.
        context.warn(
          `${database}: what lane "${slot}" stands at could not be found out: ${error instanceof Error ? error.message : String(error)}`,
        );
        return null;
      }),
    ),
  );
  return found.filter(failure => failure !== null);
}

function notAdvancing(
  database: string,
  errors: readonly string[],
  failures: readonly ApplyFailure[],
  cause: unknown,
): UserError {
  const words = failures.length > 0 ? failures.map(describeFailure) : errors;
  return new UserError(
    `replication of "${database}" does not advance: ${words.join('; ') || 'the target applies nothing, and says no error'}`,
    {
      kind: 'stopped',
      code: 'PGM604',
      cause,
      hint:
        failures.length > 0
          ? failures.flatMap(waysOut).join('\n')
          : 'the target server’s log names the row and the cause. Put the row right there and run `pgm apply` again; or leave that transaction out, with the LSN that the log shows (alter subscription … skip (lsn = …), 15 on); or copy its table again: pgm apply --resync SCHEMA.TABLE',
    },
  );
}
