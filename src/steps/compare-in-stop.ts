import { relationKey, shownName } from '../postgres/relation-key.js';
import type { SwitchDatabase } from '../cutover/side.js';
import type { Switchover } from '../cutover/job.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { UserError } from '../errors.js';
import { withStopComparison, type StopComparison } from '../verify/stop.js';
import type { CutoverOptions } from '../spec/spec.js';
import type { FinishedSwitch } from '../state/lockfile.js';
import type { StepContext } from './context.js';

type Compare = Switchover['compare'];
export type StopCompared = NonNullable<FinishedSwitch['compared']>;

/**
 * Runs the switch with sessions at hand that compare, in the write stop, what was written to since the full compare.
 */
export async function compareWhatChanged<T>(
  context: StepContext,
  event: Switchover['event'],
  { databases, options }: { readonly databases: readonly SwitchDatabase[]; readonly options: CutoverOptions },
  told: (compared: StopCompared) => void,
  run: (compare: Compare) => Promise<T>,
): Promise<T> {
  const opened: { readonly name: string; readonly comparison: StopComparison }[] = [];
  const next = async ([database, ...rest]: readonly SwitchDatabase[]): Promise<T> => {
    if (database === undefined) return run(async () => told(await compareAll(event, options, opened)));
    return withStopComparison(inputOf(context, event, database), context.signal, async comparison => {
      opened.push({ name: database.name, comparison });
      return next(rest);
    });
  };
  return next(databases);
}

/** Counters are those of the side that has the writes: it is in the lead. */
function inputOf(
  context: StepContext,
  event: Switchover['event'],
  database: SwitchDatabase,
): Parameters<typeof withStopComparison>[0] {
  const { source, target } = context.spec;
  const [leader, follower] = event === 'cutover' ? [source, target] : [target, source];
  const compared = context.database(database.name).compared;
  const sizes = new Map(
    context.facts.databases
      .find(({ name }) => name === database.name)
      ?.source.tables.map(table => [relationKey(table), table]),
  );
  return {
    source: leader.connection,
    target: follower.connection,
    database: database.name,
    purpose: runPurpose(context.spec.name, 'verify'),
    tables: database.replicated.map(({ schema, name }) => {
      const facts = sizes.get(relationKey({ schema, name }));
      return { schema, name, dataBytes: facts?.dataBytes ?? 0, rowEstimate: facts?.rowEstimate ?? 0 };
    }),
    countersThen: compared?.counters,
    jobs: 1,
    ...(compared === undefined ? {} : { bytesPerSecond: compared.bytesPerSecond }),
  };
}

async function compareAll(
  event: Switchover['event'],
  { compare, timeout }: CutoverOptions,
  opened: readonly { readonly name: string; readonly comparison: StopComparison }[],
): Promise<StopCompared> {
  const [leader, follower] = event === 'cutover' ? ['source', 'target'] : ['target', 'source'];
  const results = await Promise.all(
    opened.map(async ({ name, comparison }) => ({
      name,
      result: await (compare === 'all' ? comparison.compare(timeout, 'begun') : comparison.compare(compare)),
    })),
  );
  const different = results.flatMap(({ name, result }) =>
    result.compared
      .filter(table => !table.equal)
      .map(
        table =>
          `${name}: ${shownName({ schema: table.schema, name: table.table })} (${table.rows_source} ` +
          `rows on the ${leader}, ${table.rows_target} on the ${follower})`,
      ),
  );
  const late = results.flatMap(({ name, result }) => result.notCompared.map(table => `${name}: ${shownName(table)}`));
  if (different.length === 0 && compare === 'all' && late.length > 0)
    throw new UserError(
      `cutover.compare is all, and the write stop of ${timeout / 1000} s was too short for ${firstOf(late)}`,
      {
        kind: 'stopped',
        code: 'PGM855',
        hint: 'writes go on where they were; raise cutover.timeout, or give cutover.compare a duration',
      },
    );
  if (different.length === 0) {
    const tables = results.flatMap(({ result }) => result.compared);
    return {
      tables: tables.length,
      rows: tables.reduce((sum, table) => sum + table.rows_source, 0),
      not_compared: late.length,
    };
  }
  throw new UserError(`the sides differ: ${firstOf(different)}`, {
    kind: 'different',
    code: 'PGM651',
    hint: 'writes go on where they were; `pgm verify` names the rows',
  });
}

function firstOf(tables: readonly string[]): string {
  return `${tables.slice(0, 5).join('; ')}${tables.length > 5 ? `; and ${tables.length - 5} more tables` : ''}`;
}
