import type { RecordOf } from '../state/lockfile.js';
import { shownName } from '../postgres/relation-key.js';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { waitLagBelow } from '../replication/wait-lag.js';
import { changeCounters } from '../verify/change-counters.js';
import { compareDatabase, type TableToCompare } from '../verify/compare.js';
import type { VerifiedDatabase, VerifiedTable } from '../verify/report.js';
import { swapSides } from '../verify/swap-sides.js';
import { waitForLanes } from '../verify/wait-for-target.js';
import type { StepContext } from './context.js';
import type { PlannedStep, StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface VerifyInput {
  readonly database: string;
  readonly tables: readonly TableToCompare[];
  /** Lanes that feed the side that takes over. */
  readonly lanes: readonly string[];
  /** The side that has the writes. */
  readonly leads: 'source' | 'target';
  readonly depth: 'full' | 'sample' | 'counts';
}

/** Milliseconds to wait for the lanes to come near. */
const lagPatience = 120_000;
const tablesNamed = 5;

/** Compares both sides before writes are stopped. It always runs: what was equal once proves nothing of now. */
export const verify: StepKind<VerifyInput, 'verify'> = {
  kind: 'verify',

  describe: ({ database, tables, depth, leads }) => ({
    title:
      `${{ full: 'compare every row of', sample: 'compare samples of', counts: 'count the rows of' }[depth]} ${tables.length} ` +
      `table${tables.length === 1 ? '' : 's'}`,
    action: 'run',
    server: leads === 'source' ? 'target' : 'source',
    database,
    statements: [
      depth === 'counts'
        ? 'select count(*) from …;  -- on both sides'
        : 'select count(*), sum(hash of each row) from …;  -- on both sides, writes go on',
    ],
    reversible: true,
  }),

  async run(context, input, progress) {
    const counters = await withLeader(context, input, async leader => {
      await waitLagBelow(leader, input.lanes, context.spec.replication.maxLag, lagPatience, context.signal, progress);
      return changeCounters(leader);
    });
    const began = performance.now();
    const compared = await compare(context, input, progress);
    if (!compared.equal) throw differs(compared);
    const seconds = (performance.now() - began) / 1000;
    const bytes = input.tables.reduce((sum, table) => sum + table.dataBytes, 0);
    if (input.depth === 'full')
      context.database(input.database).compared = {
        counters,
        bytesPerSecond: Math.max(1, bytes / Math.max(seconds, 0.001) / context.copyJobs),
      };
    return {
      outcome: equalWords(input.depth, compared) + notComparedWords(compared),
      record: recordOf(input.depth, compared),
    };
  },
};

/** What was found equal is no more than what was compared. */
/** What PostgreSQL cannot plan a query over without calling functions of others. */
function notComparedWords({ not_compared: left = [] }: VerifiedDatabase): string {
  if (left.length === 0) return '';
  const named = left.slice(0, tablesNamed).map(({ schema, table }) => shownName({ schema, name: table }));
  const more = left.length > tablesNamed ? ` and ${left.length - tablesNamed} more` : '';
  return `; not compared, since a query would run code of others (PGM423): ${named.join(', ')}${more}`;
}

function equalWords(depth: VerifyInput['depth'], { tables }: VerifiedDatabase): string {
  const found = plural(tables.length, 'table');
  switch (depth) {
    case 'full':
      return `${found} equal`;
    case 'sample':
      return `samples of ${found} equal`;
    case 'counts':
      return `${found} with the same number of rows on both sides`;
  }
}

function recordOf(depth: VerifyInput['depth'], { tables }: VerifiedDatabase): RecordOf<'verify'> {
  const methods: Record<string, number> = {};
  for (const { method } of tables) methods[method] = (methods[method] ?? 0) + 1;
  return { depth, tables: tables.length, rows: tables.reduce((sum, table) => sum + table.rows_source, 0), methods };
}

async function compare(
  context: StepContext,
  input: VerifyInput,
  progress: Parameters<typeof compareDatabase>[1],
): Promise<VerifiedDatabase> {
  const { database, tables, lanes, depth, leads } = input;
  const waitForTarget = waitForLanes(lanes, use => withLeader(context, input, use), context.signal);
  const { source, target } = context.spec;
  const [leader, follower] = leads === 'source' ? [source, target] : [target, source];
  const compared = await compareDatabase(
    {
      source: leader.connection,
      target: follower.connection,
      database,
      purpose: runPurpose(context.spec.name, 'verify'),
      tables,
      depth,
      jobs: context.copyJobs,
      values: false,
      waitForTarget,
    },
    progress,
    context.signal,
  );
  return leads === 'source' ? compared : swapSides(compared);
}

function withLeader<T>(
  context: StepContext,
  { database, leads }: VerifyInput,
  use: (session: Connection) => Promise<T>,
): Promise<T> {
  return leads === 'source' ? context.withSource(database, use) : context.withTarget(database, use);
}

function differs({ name, tables }: VerifiedDatabase): UserError {
  const different = tables.filter(table => !table.equal);
  const more = different.length - tablesNamed;
  return new UserError(
    `"${name}" differs in ${different.length} ` +
      `table${different.length === 1 ? '' : 's'}: ${different.slice(0, tablesNamed).map(describe).join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    {
      kind: 'different',
      code: 'PGM650',
      hint: 'writes were not stopped; `pgm verify --values` shows the rows',
    },
  );
}

function describe({ schema, table, method, rows_source, rows_target, differing_rows }: VerifiedTable): string {
  const name = shownName({ schema, name: table });
  if (method === 'missing') return `${name} is missing on one side`;
  const [row] = differing_rows;
  if (row === undefined) return `${name} (${rows_source} rows on the source, ${rows_target} on the target)`;
  const key = Object.entries(row.key)
    .map(([column, value]) => `${column} ${value ?? 'null'}`)
    .join(', ');
  const how = {
    'only-source': 'only on the source',
    'only-target': 'only on the target',
    values: `differs in ${row.columns.join(', ')}`,
  }[row.difference];
  return (
    `${name} ` +
    `(${key} ${how}${differing_rows.length > 1 ? `, and ${differing_rows.length === 100 ? 'at least 99' : differing_rows.length - 1} more rows` : ''})`
  );
}

/** The database whose every row this step has compared; null: it is another step, or compares less. */
export function comparedInFull({ kind, input }: Pick<PlannedStep, 'kind' | 'input'>): string | null {
  if (kind !== 'verify') return null;
  const { database, depth } = input as VerifyInput;
  return depth === 'full' ? database : null;
}
