import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { countApplyErrors } from '../replication/apply-errors.js';
import { observeLane } from '../replication/observe-lane.js';
import { readLag } from '../replication/lag.js';
import { describeStandstill, remedies, whyStanding, type Standstill } from '../replication/standstill.js';
import type { Progress } from '../progress.js';
import type { DatabaseSessions } from './sessions.js';
import type { Side } from './side.js';

export interface LaneProof {
  readonly from: Side;
  readonly to: Side;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** Milliseconds that a lane may take to come to where its publisher was; then the usual wait for its lag begins. */
const patience = 120_000;

/**
 * Milliseconds without a worker, or with failures, before it is asked what the subscriber has against the next change.
 */
const askAfter = 1_500;

const every = 100;

/**
 * Before any lock: each lane applies up to a position of now. Bytes of lag do not tell: a lane that stands on an error
 * is as near as one that works, and writers would wait for all of the write stop's limit for a drain that never comes.
 * @throws UserError naming the change that is refused, or the lane that does not come near
 */
export async function proveLanes(job: LaneProof, sessions: readonly DatabaseSessions[]): Promise<void> {
  for (const session of sessions) if (session.database.lanes.length > 0) await proveDatabase(job, session);
}

async function proveDatabase(job: LaneProof, session: DatabaseSessions): Promise<void> {
  const { database, from, to } = session;
  const { lanes } = database;
  // An idle server has nothing to send, and an asynchronous commit is not sent yet.
  const { lsn } = await from.row<{ lsn: string }>("select pg_logical_emit_message(true, 'pgm', 'proof')::text as lsn");
  const before = await countApplyErrors(to, lanes);
  const deadline = performance.now() + patience;
  let troubleSince: number | null = null;
  for (;;) {
    job.signal.throwIfAborted();
    const behind = await lanesBehind(session, lsn);
    if (behind.length === 0) return;
    const lags = await readLag(from, behind);
    const now = await countApplyErrors(to, behind);
    const troubled = behind.filter(
      lane => lags.find(({ slot }) => slot === lane)?.active !== true || (now[lane] ?? 0) > (before[lane] ?? 0),
    );
    troubleSince = troubled.length === 0 ? null : (troubleSince ?? performance.now());
    if (troubleSince !== null && performance.now() - troubleSince > askAfter) {
      for (const lane of troubled) await assertNotStanding(job, database.name, lane, before[lane] ?? 0);
      troubleSince = null;
    }
    const [lane = ''] = behind;
    const words =
      `lane "${lane}" has not come to what the ${job.from.role} wrote ` +
      `before: ${lags.find(({ slot }) => slot === lane)?.lagBytes ?? '?'} bytes behind`;
    if (performance.now() > deadline)
      throw new UserError(`not ready to hand over: ${words}`, {
        kind: 'blocked',
        code: 'PGM623',
        hint: 'writes were not stopped; see `pgm status`',
      });
    job.progress({ message: words });
    await sleep(every, undefined, { signal: job.signal });
  }
}

const behindSql = `
select s.slot_name as slot
from pg_replication_slots s
left join pg_stat_replication r on r.pid = s.active_pid
where s.slot_name = any($1)
  and coalesce(r.replay_lsn, s.confirmed_flush_lsn) < $2::pg_lsn`;

async function lanesBehind({ database, from }: DatabaseSessions, lsn: string): Promise<readonly string[]> {
  const rows = await from.rows<{ slot: string }>(behindSql, [database.lanes, lsn]);
  return rows.map(({ slot }) => slot);
}

/** The server itself is asked for its reason: what comes next is tried, and undone. What may pass is waited for. */
async function assertNotStanding(
  { from, to }: LaneProof,
  database: string,
  lane: string,
  before: number,
): Promise<void> {
  const seen = await observeLane(
    {
      database,
      lane,
      publisher: from.conninfo,
      subscriber: to.conninfo,
      dialled: () => from.dial(database),
      purpose: runPurpose(from.migration, 'cutover'),
      errorsBefore: before,
      tries: true,
    },
    () => undefined,
  ).catch(() => null);
  if (seen === null) return;
  const why = whyStanding(seen);
  if (!isLasting(why)) return;
  throw new UserError(
    `"${database}": the ${to.role} does not apply what comes next: ${describeStandstill(lane, why)}`,
    {
      kind: 'blocked',
      code: 'PGM604',
      hint: ['writes were not stopped', ...remedies(why)].join('\n'),
    },
  );
}

function isLasting(why: Standstill): boolean {
  switch (why.kind) {
    case 'gone':
    case 'disabled':
    case 'refused':
      return true;
    case 'cannot-connect':
      return why.answered;
    case 'cannot-start':
      return why.reason.kind === 'login' || why.reason.kind === 'database';
    case 'failing':
    case 'locked':
    case 'no-worker':
    case 'slow':
      return false;
  }
}
