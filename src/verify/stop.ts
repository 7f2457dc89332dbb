import { tablesPlannedWithCode } from '../inspect/planned-code.js';
import { relationKey } from '../postgres/relation-key.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import type { TableName } from './catalog.js';
import { changeCounters, wasChanged, type ChangeCounters } from './change-counters.js';
import { prepareTables, type ComparableTable, type TableToCompare } from './comparable.js';
import { chooseDialect } from './dialect.js';
import type { VerifiedTable } from './report.js';
import { withSessions } from './sessions.js';
import { onBoth, type Pair } from './sides.js';
import { totals } from './sums.js';

export interface StopInput {
  readonly source: Conninfo;
  readonly target: Conninfo;
  readonly database: string;
  /** Of its sessions; left out: those of `pgm verify`, which belong to no run. */
  readonly purpose?: string;
  readonly tables: readonly TableToCompare[];
  /** Counters of the source, read before the last full compare began; undefined: nothing was compared before. */
  readonly countersThen: ChangeCounters | undefined;
  /** Pairs of sessions that read at the same time. */
  readonly jobs: number;
  /** What a pair of sessions gets through, as measured by the full compare. */
  readonly bytesPerSecond?: number;
}

export interface StopResult {
  /** True when nothing that was compared differs. */
  readonly equal: boolean;
  /** Without the rows that differ: those take longer than a write stop should. */
  readonly compared: readonly VerifiedTable[];
  /** Changed since the full compare and not compared again: the limit was reached. */
  readonly notCompared: readonly TableName[];
}

type Fits = 'by-estimate' | 'begun';

/** A comparison with its sessions open and its statements made, so that in the write stop only the reading is left. */
export interface StopComparison {
  /**
   * Compares the tables that were changed since the full compare as far as they fit, the smallest first. Both sides
   * must be at rest.
   * @param budget milliseconds
   * @param fits `by-estimate`: a table that would take longer than what is left is not begun; `begun`: all are, in that time
   */
  compare(budget: number, fits?: Fits): Promise<StopResult>;
}

const usualBytesPerSecond = 100e6;

/** Milliseconds for the same statements before the write stop. */
const warmUp = 100;

/** Milliseconds that a table costs however small it is. */
const tableCost = 0.2;

/** Milliseconds that reading the counters may take at least. */
const countersLimit = 100;

/** Milliseconds by estimate, and tables, that one statement may take together. */
const statementCost = 20;
const statementTables = 100;

/** Tables whose definitions are read in one statement. */
const preparedTogether = 500;

/** Opens a comparison for the write stop that is about to begin, and closes it afterwards. */
export async function withStopComparison<T>(
  input: StopInput,
  signal: AbortSignal,
  use: (comparison: StopComparison) => Promise<T>,
): Promise<T> {
  return withSessions(input, signal, async sessions => {
    const pairs = await Promise.all(Array.from({ length: Math.max(1, input.jobs) }, () => sessions.pair()));
    const [first] = pairs;
    if (first === undefined) throw new TypeError('no session');
    const dialect = await chooseDialect(first);
    const calling = await onBoth(side => tablesPlannedWithCode(first[side]));
    const wanted = input.tables.filter(
      table => !calling.source.has(relationKey(table)) && !calling.target.has(relationKey(table)),
    );
    const tables: ComparableTable[] = [];
    const missing: TableName[] = [];
    for (let at = 0; at < wanted.length; at += preparedTogether) {
      const prepared = await prepareTables(first, wanted.slice(at, at + preparedTogether), dialect);
      tables.push(...prepared.comparable);
      missing.push(...prepared.lonely.map(({ table }) => table));
    }
    // The outcome says nothing, since writes go on: it is there to fill both servers' caches, which took most of the
    // time.
    await compareWithin(warmUp, 'by-estimate', input, pairs, tables, missing);
    return use({
      compare: (budget, fits = 'by-estimate') => compareWithin(budget, fits, input, pairs, tables, missing),
    });
  });
}

/**
 * As {@link withStopComparison} when there is no time to prepare: opens, compares within the budget (milliseconds),
 * closes.
 */
export async function compareInStop(input: StopInput, budget: number, signal: AbortSignal): Promise<StopResult> {
  return withStopComparison(input, signal, comparison => comparison.compare(budget));
}

async function compareWithin(
  budget: number,
  fits: Fits,
  input: StopInput,
  pairs: readonly Pair[],
  tables: readonly ComparableTable[],
  missing: readonly TableName[],
): Promise<StopResult> {
  const end = performance.now() + budget;
  const [first] = pairs;
  const now =
    first === undefined || input.countersThen === undefined ? undefined : await countersWithin(budget, first.source);
  const isChanged = (table: TableName): boolean =>
    input.countersThen === undefined || now === undefined || wasChanged(table, input.countersThen, now);

  const changed = tables.filter(isChanged);
  const queue = changed
    .map(table => ({ table, cost: cost(table, input.bytesPerSecond ?? usualBytesPerSecond) }))
    .sort((a, b) => a.cost - b.cost);

  const compared: VerifiedTable[] = [];
  const done = new Set<ComparableTable>();
  const work = async (pair: Pair): Promise<void> => {
    for (;;) {
      const left = end - performance.now();
      const statement = nextStatement(queue, fits === 'begun' && left > 0 ? Infinity : left);
      if (statement.length === 0) return;
      for (const result of await compareStatement(pair, statement, end - performance.now())) {
        compared.push(result.verified);
        done.add(result.table);
      }
    }
  };
  await Promise.all(pairs.map(work));
  const notCompared = changed.filter(table => !done.has(table)).map(({ schema, name }) => ({ schema, name }));
  return { equal: missing.length === 0 && compared.every(table => table.equal), compared, notCompared };
}

/**
 * The limit of the statement before would hold for this one too. Undefined: no time; every table may have changed then.
 */
async function countersWithin(budget: number, source: Connection): Promise<ChangeCounters | undefined> {
  try {
    await source.execute(`set statement_timeout = ${Math.max(countersLimit, Math.ceil(budget))}`);
    return await changeCounters(source);
  } catch (error) {
    if (errorCode(error) === sqlstate.queryCanceled) return undefined;
    throw error;
  }
}

function cost(table: ComparableTable, bytesPerSecond: number): number {
  return tableCost + (table.dataBytes / bytesPerSecond) * 1000;
}

/** Takes from the front what one statement should do; nothing, if not even the cheapest table fits. */
function nextStatement(
  queue: { readonly table: ComparableTable; readonly cost: number }[],
  left: number,
): ComparableTable[] {
  const taken: ComparableTable[] = [];
  let sum = 0;
  for (let next = queue[0]; next !== undefined && taken.length < statementTables; next = queue[0]) {
    sum += next.cost;
    if (sum > left || (taken.length > 0 && sum > statementCost)) break;
    taken.push(next.table);
    queue.shift();
  }
  return taken;
}

async function compareStatement(
  pair: Pair,
  tables: readonly ComparableTable[],
  left: number,
): Promise<{ table: ComparableTable; verified: VerifiedTable }[]> {
  try {
    const { source, target } = await onBoth(async side => {
      await pair[side].execute(`set statement_timeout = ${Math.max(1, Math.ceil(left))}`);
      return totals(pair[side], side, tables, 'rows');
    });
    return tables.flatMap((table, index) => {
      const here = source[index];
      const there = target[index];
      if (here === undefined || there === undefined) return [];
      const equal = here.rows === there.rows && here.sum === there.sum && table.missingColumns.length === 0;
      const method = table.key.length > 0 ? 'keys' : 'rows';
      return [
        {
          table,
          verified: {
            schema: table.schema,
            table: table.name,
            rows_source: here.rows,
            rows_target: there.rows,
            equal,
            method,
            differing_rows: [],
          },
        },
      ];
    });
  } catch (error) {
    // Out of time: what was not compared is reported as that.
    if (errorCode(error) === sqlstate.queryCanceled) return [];
    throw error;
  }
}
