import { dirname } from 'node:path';
import { switchOver, type Switchover } from '../cutover/switchover.js';
import type { BlockRecord } from '../cutover/block.js';
import type { Side, SwitchDatabase } from '../cutover/side.js';
import { dialConninfo } from '../postgres/dial-conninfo.js';
import { formatLineage } from '../state/lineage.js';
import type { CutoverOptions } from '../spec/spec.js';
import type { StepContext } from './context.js';
import type { Description, Outcome, StepKind } from './step-kind.js';

export interface CutoverInput {
  readonly databases: readonly SwitchDatabase[];
  readonly options: CutoverOptions;
  readonly pgbouncer: boolean;
  /** Only for failback: what the cutover's block replaced on the source. */
  readonly opens: readonly BlockRecord[];
}

export const cutover: StepKind<CutoverInput> = {
  kind: 'cutover',
  describe: input => describeSwitch(input, 'cutover'),
  run: (context, input, progress) => runSwitch(context, input, 'cutover', progress),
};

/** The same the other way round: the target hands the writes back. */
export const failback: StepKind<CutoverInput> = {
  kind: 'failback',
  describe: input => describeSwitch(input, 'failback'),
  run: (context, input, progress) => runSwitch(context, input, 'failback', progress),
};

function describeSwitch({ databases, options, pgbouncer }: CutoverInput, event: Switchover['event']): Description {
  const tables = databases.reduce((sum, database) => sum + database.tables.length, 0);
  const [old, next] = event === 'cutover' ? ['source', 'target'] : ['target', 'source'];
  const freeze = {
    locks: [`lock table … in exclusive mode;  -- ${tables} tables on the ${old}: writers wait`],
    read_only: [`alter database … set default_transaction_read_only = on;  -- on the ${old}`, 'revoke connect on database … ;', 'select pg_terminate_backend(…);  -- applications'],
    none: [`-- nothing: you have stopped the applications of the ${old}`],
  }[options.freeze];
  return {
    title: event === 'cutover' ? 'stop writes on the source, drain, switch to the target' : 'stop writes on the target, drain, switch back to the source',
    action: 'run',
    server: old as 'source' | 'target',
    statements: [
      ...(options.failback ? [`create publication … ; create subscription … with (enabled = false);  -- the way back, before writes stop`] : []),
      ...(pgbouncer ? ['PAUSE  -- PgBouncer'] : []),
      ...freeze,
      `-- wait until every lane's replay_lsn reaches the last commit`,
      "select setval('…', …);  -- sequences that moved since",
      ...(options.failback ? ['select pg_replication_slot_advance(…);  -- the way back begins here'] : []),
      ...options.hooks.switch.map(argv => `$ ${argv.join(' ')}`),
      ...(pgbouncer ? ['RELOAD; RESUME  -- PgBouncer'] : []),
      ...(options.freeze === 'none' ? [] : [`alter database … set default_transaction_read_only = on; revoke connect on database … ;  -- the ${old} stays shut`]),
      `-- the ${next} has the writes${options.failback ? `, the ${old} follows it` : ''}`,
    ],
    reversible: options.failback,
    impact: { blocks_writes: true, locks: options.freeze === 'locks' ? [`EXCLUSIVE on ${tables} tables of the ${old}, for the write stop (at most ${Math.round(options.timeout / 1000)} s)`] : [] },
  };
}

async function runSwitch(context: StepContext, input: CutoverInput, event: Switchover['event'], progress: Switchover['progress']): Promise<Outcome> {
  const { source, target } = sides(context);
  const [from, to] = event === 'cutover' ? [source, target] : [target, source];
  const { spec } = context;
  const switched = await switchOver({
    event,
    from,
    to,
    databases: input.databases,
    options: input.options,
    pgbouncer: spec.pgbouncer,
    maxLag: spec.replication.maxLag,
    comment: formatLineage({ name: spec.name, lineage: context.lineage, what: event === 'cutover' ? 'reverse lane' : 'lane 1' }),
    folder: dirname(spec.path),
    opens: input.opens,
    compare: null,
    signal: context.signal,
    progress,
    warn: message => context.warn(message),
    beforeBlock: block => context.state.recordCutover({ write_stop_ms: 0, parts: {}, finished_at: '', block }),
  });
  const record = { write_stop_ms: switched.writeStopMs, parts: switched.parts, finished_at: new Date().toISOString(), block: switched.block };
  await context.state.recordCutover(record);
  return { outcome: `write stop ${switched.writeStopMs} ms (${Object.entries(switched.parts).map(([part, ms]) => `${part} ${ms}`).join(', ')})`, record };
}

/** Both servers as the switch sees them. */
export function sides(context: StepContext): { readonly source: Side; readonly target: Side } {
  const { spec } = context;
  return {
    source: { role: 'source', conninfo: spec.source.connection, versionNum: context.source.versionNum, dial: database => dialConninfo(spec.source, database) },
    target: {
      role: 'target',
      conninfo: spec.target.connection,
      versionNum: context.target.versionNum,
      dial: database => dialConninfo({ connection: spec.target.connection, advertise: {}, restart: 'manual', hba: { addresses: [], method: 'scram-sha-256' } }, database),
    },
  };
}
