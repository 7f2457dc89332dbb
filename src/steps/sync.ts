import { readLag, waitApplied, type LaneLag } from '../replication/lag.js';
import { WorkerWatch } from '../replication/wake-workers.js';
import type { Connection } from '../postgres/connection.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import { countApplyErrors } from '../replication/apply-errors.js';
import { observeLane } from '../replication/observe-lane.js';
import {
  describeStandstill,
  remedies,
  whyStanding,
  type LaneSeen,
  type Standstill,
} from '../replication/standstill.js';
import { runPurpose } from '../postgres/run-sessions.js';
import type { StepContext } from './context.js';
import { UserError } from '../errors.js';
import { mirrored, sidesOf, type Direction } from './mirrored-context.js';
import type { StepKind } from './step-kind.js';
import { formatBytes } from '../quantities.js';

export interface SyncInput {
  readonly database: string;
  readonly slots: readonly string[];
  /** Left out: `there`. */
  readonly direction?: Direction;
}

/** Milliseconds between two looks at what stands in the way. */
const slice = 5_000;
/** Without any advance for so long it is asked what the target says. */
const patience = 10_000;
/** One transaction may be large: while a worker is at it, nothing advances. */
const standstill = 30 * 60_000;

/** Done when every lane has applied all that was written up to now. */
export const sync: StepKind<SyncInput, 'sync'> = {
  kind: 'sync',

  describe: ({ database, slots, direction = 'there' }) => ({
    title:
      `wait until ${slots.length === 1 ? 'the lane has' : `${slots.length} lanes have`} applied all that was ` +
      'written meanwhile',
    action: 'run',
    server: sidesOf(direction).follower,
    database,
    ...(direction === 'there' ? {} : { object: 'back' }),
    statements: ['-- pg_stat_replication.replay_lsn reaches pg_current_wal_insert_lsn()'],
    reversible: true,
  }),

  async run(given, { database, slots, direction = 'there' }, progress) {
    const context = direction === 'there' ? given : mirrored(given);
    return context.withSource(database, async source => {
      const { lsn } = await source.row<{ lsn: string }>('select pg_current_wal_insert_lsn()::text as lsn');
      // Makes the WAL move on an idle server, so that there is something to reach.
      await source.rows("select pg_logical_emit_message(true, 'pgm', 'sync')");
      const workers = new WorkerWatch(slots);
      const withSubscriber = (use: (target: Connection) => Promise<void>): Promise<void> =>
        context.withTarget(database, use);
      const before = await context.withTarget(database, target => countApplyErrors(target, slots));
      const wait = new StandingLanes(context, database, before);
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
          if (behind < least) {
            advanced = performance.now();
            wait.forget();
          }
          least = Math.min(least, behind);
          const seconds = Math.round((performance.now() - advanced) / 1000);
          if (await workers.look(source, withSubscriber))
            context.warn(`${database}: nobody read the slot; the apply worker was restarted`);
          if (seconds * 1000 < patience) continue;
          const standing = await wait.look(lanes.filter(lane => !lane.active || (lane.lagBytes ?? 1) > 0));
          if (standing.some(({ isFinal }) => isFinal) || seconds * 1000 > standstill)
            throw notAdvancing(database, standing, error, context.spec.schemaChanges === 'follow');
          const why = standing.find(({ why: { kind } }) => kind !== 'slow');
          progress({
            waiting_for:
              `the target to apply what it has (${formatBytes(behind)}; no advance for ${seconds} ` +
              `s)${why === undefined ? '' : `: ${describeStandstill(why.lane, why.why)}`}`,
          });
        }
      }
      // So far (15 on): those that come later are new ones.
      const record = {
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

interface Standing {
  readonly lane: string;
  readonly why: Standstill;
  /** Waiting longer brings the same again. */
  readonly isFinal: boolean;
}

/** Looks after which a thing that may pass by itself is taken for one that stays. */
const mayPass: Readonly<Record<Standstill['kind'], number>> = {
  gone: 1,
  disabled: 1,
  refused: 1,
  failing: 1,
  'cannot-start': 3,
  'cannot-connect': 24,
  locked: Infinity,
  'no-worker': Infinity,
  slow: Infinity,
};

/** What the lanes of one database stand at, look by look. */
class StandingLanes {
  readonly #context: StepContext;
  readonly #database: string;
  readonly #errorsBefore: Readonly<Record<string, number>>;
  #seen = new Map<string, { readonly kind: Standstill['kind']; readonly times: number }>();

  constructor(context: StepContext, database: string, errorsBefore: Readonly<Record<string, number>>) {
    this.#context = context;
    this.#database = database;
    this.#errorsBefore = errorsBefore;
  }

  /** Something advanced: what was seen before is no reason any more. */
  forget(): void {
    this.#seen.clear();
  }

  async look(lanes: readonly LaneLag[]): Promise<readonly Standing[]> {
    return Promise.all(
      lanes.map(async ({ slot: lane }) => {
        const why = whyStanding(await this.#observe(lane));
        const before = this.#seen.get(lane);
        const times = before?.kind === why.kind ? before.times + 1 : 1;
        this.#seen.set(lane, { kind: why.kind, times });
        // The server itself said no, to the same words twice.
        const most = why.kind === 'cannot-connect' && why.answered ? 2 : mayPass[why.kind];
        if (why.kind === 'locked' && times === 1)
          this.#context.warn(`${this.#database}: ${describeStandstill(lane, why)}`);
        return { lane, why, isFinal: times >= most };
      }),
    );
  }

  #observe(lane: string): Promise<LaneSeen> {
    const { source, target, name } = this.#context.spec;
    return observeLane(
      {
        database: this.#database,
        lane,
        publisher: source.connection,
        subscriber: target.connection,
        dialled: version => dialConninfo(source, this.#database, version),
        purpose: runPurpose(name, 'why not'),
        errorsBefore: this.#errorsBefore[lane] ?? 0,
        tries: true,
      },
      // For want of rights, or of a free slot: it is still in the target's log.
      error =>
        this.#context.warn(
          `${this.#database}: what lane "${lane}" stands at could not be found ` +
            `out: ${error instanceof Error ? error.message : String(error)}`,
        ),
    );
  }
}

function notAdvancing(database: string, standing: readonly Standing[], cause: unknown, follows: boolean): UserError {
  const known = standing.filter(({ why }) => why.kind !== 'slow');
  const words = known.map(({ lane, why }) => describeStandstill(lane, why)).join('; ');
  const ways = known.flatMap(({ why }) => remedies(why));
  // What is refused may wait for a definition that the source has by now.
  const isRefused = known.some(({ why: { kind } }) => kind === 'refused' || kind === 'failing' || kind === 'disabled');
  return new UserError(
    `replication of "${database}" does not advance: ${words || 'the target applies nothing, and reports no error'}`,
    {
      kind: 'stopped',
      code: 'PGM604',
      cause,
      ...(follows && isRefused ? { plansAgain: true as const } : {}),
      hint: ways.join('\n') || 'look at what the target’s apply workers do: pg_stat_activity, pg_locks, its log',
    },
  );
}
