import type { Status } from '../apply/status.js';
import { formatBytes, formatCount, formatEstimate, formatRate } from '../quantities.js';
import { andMore } from './fold.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';
import { truncate } from './table.js';

/** What one look of `status --watch` leaves for the next: seconds since the first, bytes. */
export interface Look {
  readonly at: number;
  /** Of tables that are in, and of those in flight. */
  readonly copied: number;
  readonly total: number;
  /** Of the lane that is furthest behind; null: not known, or no lane. */
  readonly lag: number | null;
}

/** Seconds over which the rate of the copy is taken. */
const rateOver = 30;
/** Looks that the lag is drawn over. */
const drawnLooks = 40;
/** Tables in flight that are named. */
const namedTables = 4;

/** What a status says of rate and lag. `at`: seconds since the first look. */
export function lookAt(status: Status, at: number): Look {
  const { databases, in_flight: inFlight = [] } = status;
  const lags = databases.flatMap(({ lanes }) => lanes.flatMap(({ lag_bytes: lag }) => (lag === null ? [] : [lag])));
  return {
    at,
    copied: sum(databases.map(({ bytes }) => bytes.copied)) + sum(inFlight.map(({ bytes }) => bytes)),
    total: sum(databases.map(({ bytes }) => bytes.total)),
    lag: lags.length === 0 ? null : Math.max(...lags),
  };
}

/**
 * What a status that is shown again and again has besides: tables in flight, rate and time left, the lag as a line.
 * None wider than `columns`; empty before there is something to tell.
 */
export function watchLines(given: Status, looks: readonly Look[], palette: Palette, columns: number): string[] {
  const status = printable(given);
  const rows: [string, string][] = [
    ...copyRows(status, looks),
    ...flightRows(status),
    ...lagRows(looks, Math.max(8, Math.min(drawnLooks, columns - 32))),
  ];
  const width = Math.max(...rows.map(([label]) => label.length), 0);
  return rows.map(([label, text]) => `  ${palette.dim(label.padEnd(width))}  ${truncate(text, columns - width - 4)}`);
}

function copyRows(status: Status, looks: readonly Look[]): [string, string][] {
  const last = looks.at(-1);
  if (last === undefined || status.in_flight === undefined || last.total === 0) return [];
  const first = looks.find(({ at }) => last.at - at <= rateOver);
  const seconds = first === undefined ? 0 : last.at - first.at;
  const rate = first === undefined || seconds <= 0 ? 0 : (last.copied - first.copied) / seconds;
  const done = `${formatBytes(Math.min(last.copied, last.total))} of ${formatBytes(last.total)}`;
  if (rate <= 0) return [['Copying', done]];
  const left = Math.max(0, last.total - last.copied) / rate;
  return [['Copying', `${done}, ${formatRate(rate)}, ${formatEstimate(left)} left, then indexes`]];
}

function flightRows({ in_flight: inFlight = [] }: Status): [string, string][] {
  const shown = inFlight.slice(0, namedTables);
  return shown.map(({ database, table, rows, bytes }, index) => [
    index === 0 ? 'In flight' : '',
    `${database}: ${table ?? 'a part of a table'}, ${formatCount(rows)} rows, ${formatBytes(bytes)}` +
      (index === shown.length - 1 && inFlight.length > shown.length
        ? `, ${andMore(inFlight.length - shown.length, 'table')}`
        : ''),
  ]);
}

function lagRows(looks: readonly Look[], width: number): [string, string][] {
  const lags = looks.slice(-width).flatMap(({ lag }) => (lag === null ? [] : [lag]));
  const last = lags.at(-1);
  if (last === undefined || lags.length < 2) return [];
  return [['Lag', `${sparkline(lags)} ${formatBytes(last)}, at most ${formatBytes(Math.max(...lags))}`]];
}

const bars = '▁▂▃▄▅▆▇█';

/** One bar a number, the greatest the highest; all 0: the lowest. */
export function sparkline(numbers: readonly number[]): string {
  const greatest = Math.max(...numbers);
  return numbers
    .map(number => bars[greatest <= 0 ? 0 : Math.round((number / greatest) * (bars.length - 1))] ?? '')
    .join('');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
