import type { Journal, Switchover } from '../cutover/job.js';
import { watchArrivals } from '../cutover/arrivals.js';
import { switchOver } from '../cutover/switchover.js';
import type { BlockRecord } from '../cutover/block.js';
import type { SwitchDatabase } from '../cutover/side.js';
import type { CutoverOptions } from '../spec/spec.js';
import type { FinishedSwitch, ShutRecord, SwitchUnderWay } from '../state/lockfile.js';
import { lastSwitch } from '../state/remembered-switch.js';
import { formatLineage } from '../state/lineage.js';
import { compareWhatChanged, type StopCompared } from './compare-in-stop.js';
import type { StepContext } from './context.js';
import { turnSubscription } from '../replication/statements.js';
import { takeDownStatements, wholeLane } from '../replication/take-down.js';
import { plural } from '../quantities.js';
import type { Description, Outcome, StepKind } from './step-kind.js';
import { noteColumnsBeforeSwitch } from './columns-before-switch.js';
import { bringMovedBeforeSwitch } from './followed-properties.js';
import { recordLeftShut } from './record-shut.js';
import { recordSwitch } from './record-switch.js';
import { watchingDefinitions, type PlannedDefinitions } from './definitions-guard.js';
import { between, folderOf } from './switch-sides.js';

export interface CutoverInput {
  readonly databases: readonly SwitchDatabase[];
  readonly options: CutoverOptions;
  readonly pgbouncer: boolean;
  /** What an earlier switch's block replaced on the side that takes over; null: it is open. */
  readonly opens: readonly BlockRecord[] | null;
  /** What changed since the full compare is compared again in the write stop. */
  readonly compares: boolean;
  /** What the side that hands over defines; a database whose definitions were not compared is left out. */
  readonly definitions: PlannedDefinitions;
  /** By database: what stands on the target and is none of the migration's; left out on the way back. */
  readonly stood?: NonNullable<FinishedSwitch['stood']>;
}

export const cutover: StepKind<CutoverInput, 'cutover'> = {
  kind: 'cutover',
  describe: input => describeSwitch(input, 'cutover'),
  run: (context, input, progress) => runSwitch(context, input, 'cutover', progress),
};

/** The same the other way round: the target hands the writes back. */
export const failback: StepKind<CutoverInput, 'failback'> = {
  kind: 'failback',
  describe: input => describeSwitch(input, 'failback'),
  run: (context, input, progress) => runSwitch(context, input, 'failback', progress),
};

function describeSwitch(
  { databases, options, pgbouncer, opens, compares }: CutoverInput,
  event: Switchover['event'],
): Description {
  const tables = databases.reduce((sum, database) => sum + database.tables.length, 0);
  const [old, next] = event === 'cutover' ? (['source', 'target'] as const) : (['target', 'source'] as const);
  const ahead = options.hooks.switch.length > 0 || pgbouncer;
  const freeze = {
    locks: [`lock table … in exclusive mode;  -- ${plural(tables, 'table')} on the ${old}: writers wait`],
    read_only: [
      `alter database … set default_transaction_read_only = on;  -- on the ${old}`,
      'revoke connect on database … ;',
      'select pg_terminate_backend(…);  -- applications',
    ],
    none: [`-- nothing: you have stopped the applications of the ${old}`],
  }[options.freeze];
  return {
    title:
      event === 'cutover'
        ? 'stop writes on the source, drain, switch to the target'
        : 'stop writes on the target, drain, switch back to the source',
    action: 'run',
    server: old,
    statements: [
      ...(options.failback ? [wayBack(databases)] : []),
      ...hookLines(options.hooks.before, 'before writes are stopped'),
      ...(ahead
        ? [
            'create trigger pgm_shut … ; alter database … set default_transaction_read_only = on; revoke ' +
              `connect on database … ;  -- the ${next} turns everyone away until it takes over`,
          ]
        : []),
      ...(pgbouncer ? ['PAUSE  -- PgBouncer'] : []),
      ...freeze,
      `-- wait until every lane's replay_lsn reaches the last commit`,
      "select setval('…'::regclass, …);  -- sequences that moved since",
      ...(compares ? ['-- compare what changed since the full compare, as far as it fits'] : []),
      ...(options.failback ? ['select pg_replication_slot_advance(…);  -- reverse replication begins here'] : []),
      ...hookLines(options.hooks.switch),
      ...(options.freeze === 'locks'
        ? [
            'alter database … set default_transaction_read_only = on; revoke connect on database … ' +
              `;  -- the ${old} stays shut; from here on nothing is undone`,
            'select pg_terminate_backend(…);  -- applications',
          ]
        : []),
      ...(options.freeze === 'none'
        ? []
        : [
            'create schema pgm; create or replace function pgm.shut() …; create trigger pgm_shut …;  -- for superusers',
          ]),
      ...databases.flatMap(({ name, lanes }) => lanes.flatMap(lane => takeDownStatements(wholeLane(lane, name)))),
      ...(opens === null && !ahead
        ? []
        : [
            `alter database … ; grant connect on database … ;  -- the ${next} is opened`,
            'drop trigger if exists pgm_shut on …; drop function if exists pgm.shut() cascade;',
          ]),
      ...(options.failback
        ? databases.map(
            ({ backLane, back }) => `${turnSubscription(backLane, 'enable', back.subscribes)};  -- the ${old} follows`,
          )
        : []),
      ...(pgbouncer ? ['RELOAD; RESUME  -- PgBouncer'] : []),
      ...hookLines(options.hooks.after, 'when writes go on'),
      `-- the ${next} has the writes${options.failback ? `, the ${old} follows it` : ''}`,
    ],
    reversible: options.failback,
    impact: {
      blocks_writes: true,
      locks:
        options.freeze === 'locks'
          ? [
              `EXCLUSIVE on ${plural(tables, 'table')} of the ${old}, for the write stop ` +
                `(at most ${Math.round(options.timeout / 1000)} s)`,
            ]
          : [],
    },
  };
}

/** How a step shows its hooks. */
export function hookLines(hooks: CutoverOptions['hooks']['switch'], when?: string): readonly string[] {
  return hooks.map(argv => `$ ${argv.join(' ')}${when === undefined ? '' : `  # ${when}`}`);
}

/** Databases may differ in how theirs is made. */
function wayBack(databases: CutoverInput['databases']): string {
  const forms = (side: 'publishes' | 'subscribes', plain: string, extras: string): string =>
    [...new Set(databases.map(({ back }) => (back[side] === 'plain' ? plain : extras)))].join(' or ');
  const publication = forms('publishes', 'create publication …', 'select aiven_extras.pg_create_publication(…)');
  const subscription = forms(
    'subscribes',
    'create subscription … with (…, enabled = false, …)',
    'select aiven_extras.pg_create_subscription(…)',
  );
  const slot = 'comment on publication … is …; select pg_create_logical_replication_slot(…)';
  return `${publication}; ${slot}; ${subscription};  -- the reverse lane, before writes stop`;
}

/** Also where a step before this one, of the same plan, has undone a switch. */
function leftShut({ state }: StepContext, event: Switchover['event']): readonly BlockRecord[] | null {
  const { shut } = state.read();
  return shut?.side === (event === 'cutover' ? 'target' : 'source') ? shut.block : null;
}

/** For the state: the side that an undone switch leaves shut. */
export function shutOf(event: Switchover['event'], block: readonly BlockRecord[] | null): ShutRecord | null {
  return block === null ? null : { side: event === 'cutover' ? 'target' : 'source', block };
}

async function runSwitch(
  context: StepContext,
  input: CutoverInput,
  event: Switchover['event'],
  progress: Switchover['progress'],
): Promise<Outcome<FinishedSwitch | null>> {
  const { spec } = context;
  const before = lastSwitch(context.state.read());
  const { freeze } = input.options;
  const stood = input.stood === undefined ? {} : { stood: input.stood };
  const underWay = (
    fields: Pick<SwitchUnderWay, 'state' | 'block' | 'ahead'> & Partial<SwitchUnderWay>,
  ): SwitchUnderWay => ({
    event,
    hooks: false,
    ...(input.options.hooks.before.length > 0 ? { before_hooks: true } : {}),
    freeze,
    before,
    write_stop_ms: 0,
    parts: {},
    ...fields,
  });
  const reached = event === 'cutover' ? 'cutover' : 'synced';
  const journal: Journal = {
    stopping: async blocks => {
      await context.state.recordCutover(underWay({ state: 'stopping', ...blocks }));
      if (blocks.ahead !== null) await recordLeftShut(context, input.databases, shutOf(event, blocks.ahead));
    },
    hooking: blocks => context.state.recordCutover(underWay({ state: 'stopping', hooks: true, ...blocks })),
    switched: ({ writeStopMs, parts }, blocks) =>
      context.state.recordCutover(
        underWay({ state: 'switched', write_stop_ms: writeStopMs, parts, ...blocks, ...stood }),
        reached,
      ),
    givenBack: async shut => {
      await recordLeftShut(context, input.databases, shutOf(event, shut));
      await context.state.recordUndone(before, shutOf(event, shut));
    },
  };
  const run = async (
    compare: Switchover['compare'],
    assertDefinitions: Switchover['assertDefinitions'],
  ): Promise<Awaited<ReturnType<typeof switchOver>>> =>
    switchOver({
      event,
      migration: spec.name,
      ...between(context, event),
      databases: input.databases,
      options: input.options,
      pgbouncer: spec.pgbouncer,
      maxLag: spec.replication.maxLag,
      comment: formatLineage({
        name: spec.name,
        lineage: context.lineage,
        what: event === 'cutover' ? 'reverse lane' : 'lane 1',
      }),
      lineage: context.lineage,
      folder: folderOf(context),
      opens: input.opens ?? leftShut(context, event),
      compare,
      assertDefinitions,
      signal: context.signal,
      progress,
      warn: message => context.warn(message),
      journal,
    });
  if (event === 'failback' || input.options.failback) await noteColumnsBeforeSwitch(context, event, input.databases);
  await bringMovedBeforeSwitch(context, event === 'cutover' ? 'source' : 'target');
  let compared: StopCompared | undefined;
  const { from } = between(context, event);
  const stop = await watchingDefinitions(from, spec.name, input.definitions, assertDefinitions =>
    input.compares
      ? compareWhatChanged(
          context,
          event,
          input,
          told => (compared = told),
          compare => run(compare, assertDefinitions),
        )
      : run(null, assertDefinitions),
  );
  const done: FinishedSwitch = {
    state: 'finished',
    event,
    write_stop_ms: stop.writeStopMs,
    parts: stop.parts,
    finished_at: new Date().toISOString(),
    block: stop.block,
    ...(compared === undefined ? {} : { compared }),
    ...stood,
  };
  await recordSwitch(context, done, input.databases);
  const { signal } = context;
  const watchers = { ...between(context, event), signal, progress, warn: (text: string) => context.warn(text) };
  await watchArrivals(watchers, stop.atWork, input.options.watch);
  const late = compared?.not_compared ?? 0;
  return {
    outcome:
      `write stop ${stop.writeStopMs} ` +
      `ms${late === 0 ? '' : `, ${plural(late, 'changed table')} not compared again`}`,
    record: done,
  };
}
