import type { BlockRecord } from '../cutover/block.js';
import { staysShutFor, undoSwitch } from '../cutover/give-back.js';
import { endLeftHooks, runAfterHooks, turnClientsBack } from '../cutover/hooks.js';
import { finishLater, shutLater } from '../cutover/settle.js';
import { withKeeper } from '../postgres/keeper.js';
import { takeDownStatements, wholeLane } from '../replication/take-down.js';
import type { Progress } from '../progress.js';
import type { SwitchDatabase } from '../cutover/side.js';
import type { CutoverOptions } from '../spec/spec.js';
import type { FinishedSwitch, SwitchUnderWay } from '../state/lockfile.js';
import type { StepContext } from './context.js';
import type { Description, Outcome, StepKind } from './step-kind.js';
import { hookLines, shutOf } from './cutover.js';
import { recordLeftShut } from './record-shut.js';
import { recordSwitch } from './record-switch.js';
import { between, folderOf } from './switch-sides.js';

export interface SettleInput {
  readonly event: 'cutover' | 'failback';
  /** The old side is shut: what is left to do is done. Else what was begun is undone. */
  readonly passed: boolean;
  /** Clients have moved, the old side was not shut: that is done first. */
  readonly shuts: boolean;
  readonly databases: readonly SwitchDatabase[];
  readonly options: CutoverOptions;
  /** What an earlier switch's block replaced on the side that takes over; null: it was open. */
  readonly opens: readonly BlockRecord[] | null;
  readonly record: SwitchUnderWay;
}

/** What an interrupted cutover left. */
export const settleCutover: StepKind<SettleInput, 'cutover'> = {
  kind: 'cutover',
  describe: describeSettle,
  run: runSettle,
};

/** What an interrupted failback left. */
export const settleFailback: StepKind<SettleInput, 'failback'> = {
  kind: 'failback',
  describe: describeSettle,
  run: runSettle,
};

function describeSettle({ event, passed, shuts, databases, options, record }: SettleInput): Description {
  const [old, next] = event === 'cutover' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  const names = databases.flatMap(({ lanes }) => lanes);
  const { block } = record;
  return {
    title: passed
      ? `finish the ${event} that was ` +
        `interrupted: ${shuts ? `a hook has moved clients to the ${next} already` : `the ${old} is shut already`}`
      : `undo what an interrupted ${event} left: the ${old} keeps the writes`,
    action: 'run',
    server: old,
    object: passed ? 'finish' : 'undo',
    statements: passed
      ? [
          ...(shuts
            ? [
                'alter database … set default_transaction_read_only = on; revoke ' +
                  `connect on database … ;  -- on the ${old}`,
                ...hookLines(options.hooks.switch),
              ]
            : []),
          `select pg_terminate_backend(…);  -- applications that are still on the ${old}`,
          `-- copy over what came after the locks were lost, set the sequences`,
          ...databases.flatMap(({ name, lanes }) => lanes.flatMap(lane => takeDownStatements(wholeLane(lane, name)))),
          ...(options.failback
            ? databases.map(
                ({ backLane }) => `alter subscription "${backLane}" enable;  -- the ${old} follows the ${next}`,
              )
            : []),
          ...hookLines(options.hooks.after, 'after the switch'),
        ]
      : [
          ...(options.freeze === 'read_only'
            ? block.map(
                ({ database }) =>
                  `alter database "${database}" … default_transaction_read_only; ` +
                  `grant connect on database "${database}" … ;`,
              )
            : []),
          ...names.map(name => `alter subscription "${name}" enable;`),
          ...(record.hooks ? hookLines(options.hooks.switch, `clients go back to the ${old}`) : []),
          ...(record.before_hooks === true
            ? hookLines(options.hooks.after, 'what the hooks stopped starts again')
            : []),
          ...(options.failback
            ? databases.flatMap(({ name, backLane }) => takeDownStatements(wholeLane(backLane, name)))
            : []),
        ],
    reversible: options.failback,
  };
}

async function runSettle(
  context: StepContext,
  input: SettleInput,
  progress: (progress: Progress) => void,
): Promise<Outcome<FinishedSwitch | null>> {
  const { event, databases, options, opens, record } = input;
  const { from, to } = between(context, event);
  const warn = (message: string): void => context.warn(message);
  // Of a record that an earlier version wrote, which shut nothing ahead.
  const ahead = record.ahead === undefined ? opens : record.ahead;
  const { lineage } = context;
  const hookJob = { event, from, to, databases, options, lineage, folder: folderOf(context), progress, warn };
  const begun = record.before_hooks === true;
  if ((record.hooks && (!input.passed || input.shuts)) || begun) endLeftHooks(hookJob);
  const goOn = async (undone: boolean): Promise<void> => {
    if (options.hooks.after.length > 0)
      await withKeeper(keeper => runAfterHooks(keeper, hookJob, { undone, signal: context.signal }));
  };
  if (!input.passed) {
    const hooked = record.hooks;
    if (hooked) await withKeeper(keeper => turnClientsBack(keeper, hookJob));
    const job = { from, to, databases, options, opens, warn };
    await undoSwitch(job, { block: record.block, ahead, hooked });
    // Before the record goes that tells of them.
    if (begun) await goOn(true);
    const left = shutOf(event, staysShutFor(job, ahead, hooked));
    await recordLeftShut(context, databases, left);
    await context.state.recordUndone(record.before, left);
    return { outcome: 'undone' };
  }
  const shut = async (): Promise<void> => {
    if (input.shuts) await shutLater(hookJob, record.block, context.signal);
  };
  await finishLater({
    from,
    to,
    databases,
    options,
    opens: ahead,
    shut,
    pgbouncer: context.spec.pgbouncer,
    signal: context.signal,
    warn,
  });
  await goOn(false);
  const done: FinishedSwitch = {
    state: 'finished',
    event,
    write_stop_ms: record.write_stop_ms,
    parts: record.parts,
    finished_at: new Date().toISOString(),
    ...(record.stood === undefined ? {} : { stood: record.stood }),
    block: record.block,
  };
  await recordSwitch(context, done, databases);
  return { outcome: 'finished', record: done };
}
