import type { DatabaseStatus, LaneStatus, MigrationState, Status } from '../apply/status.js';
import { applicationLines } from './application-words.js';
import { begunLines } from './begun-lines.js';
import { renderFindings } from './findings-text.js';
import { andMore } from './fold.js';
import { plain, type Palette } from './palette.js';
import { printable } from './printable.js';
import { rowDoubts } from '../plan/row-doubts.js';
import { formatBytes, formatCount, formatSeconds, formatTime, percent, plural } from '../quantities.js';
import { layOutTable } from './table.js';
import { renderWriteStop } from './write-stop.js';

export interface StatusTextOptions {
  readonly palette?: Palette;
  /** Databases to list at most; those in trouble come first when not all fit. */
  readonly databases?: number;
}

/** Where a migration is: a line a database, what is wrong with its lanes, drift, and the figures of the cutover. */
export function renderStatus(
  given: Status,
  { palette = plain, databases: limit = Infinity }: StatusTextOptions = {},
): string {
  const status = printable(given);
  const lines = [
    `${palette.bold(status.name)}: ${paintState(status.state, palette, wholeWord(status))} ${palette.dim(`(goal ${status.goal}, method ${status.method}, ${formatTime(status.updated_at)})`)}`,
  ];
  if (status.begun !== undefined) lines.push('', ...begunLines(status.begun, palette));
  const shown = chooseDatabases(status.databases, limit);
  if (shown.length > 0) lines.push('', ...databaseTable(shown, suspectsOf(status), palette));
  if (shown.length < status.databases.length)
    lines.push(`  ${andMore(status.databases.length - shown.length, 'database')}`);
  const troubles = status.databases.flatMap(database =>
    database.lanes.flatMap(lane => laneTrouble(database, lane, palette)),
  );
  if (troubles.length > 0) lines.push('', palette.bold('Replication'), ...troubles);
  const drift = renderFindings(status.drift, palette, { verbose: false });
  if (drift !== '') lines.push('', palette.bold('Drift since the plan'), drift.trimEnd());
  if (status.application !== undefined) lines.push('', ...applicationLines(status.application, palette));
  if (status.cutover !== null)
    lines.push(
      '',
      `Cut over ${formatTime(status.cutover.finished_at)}, write ` +
        `stop ${palette.bold(renderWriteStop(status.cutover.write_stop_ms, status.cutover.parts))}`,
    );
  const next = nextWords(status.state);
  if (next !== null) lines.push('', next);
  return lines.map(line => `${line}\n`).join('');
}

/** What whoever finds a migration in the middle has to know; null where nothing is left undone. */
function nextWords(state: MigrationState): string | null {
  switch (state) {
    case 'copying':
      return 'Not finished. If no run is active, pgm apply continues from here; otherwise it names the run.';
    case 'failed':
      return 'The last run failed. What is done is kept: fix the cause, then pgm apply continues from here.';
    case 'stopped':
      return 'Stopped by pgm stop. The data is kept: pgm apply goes on from here.';
    case 'not-started':
    case 'prepared':
    case 'syncing':
    case 'cut-over':
    case 'ready':
      return null;
  }
}

function databaseTable(
  databases: readonly DatabaseStatus[],
  suspects: ReadonlySet<string | undefined>,
  palette: Palette,
): string[] {
  const header = ['  Database', 'State', 'Tables', 'Copied', 'Rows', 'Lag', '', 'WAL held'].map(title =>
    palette.dim(title),
  );
  const rows = databases.map(database => {
    const { tables, bytes, lanes } = database;
    const lag = largest(lanes.map(lane => lane.lag_bytes));
    const behind = largest(lanes.map(lane => lane.lag_seconds));
    const held = sum(lanes.map(lane => lane.retained_wal_bytes));
    const share = percent(bytes.copied, bytes.total);
    return [
      `  ${database.name}`,
      paintState(database.state, palette, wordOf(database, suspects)),
      `${formatCount(tables.copied)}/${formatCount(tables.total)}`,
      `${formatBytes(bytes.copied)}${share === null || share === 100 ? '' : ` (${share}%)`}`,
      database.rows_copied === 0 && tables.copied > 0 ? '-' : formatCount(database.rows_copied),
      lag === null ? '-' : formatBytes(lag),
      behind === null || behind === 0 ? '' : formatSeconds(behind),
      held === null ? '-' : formatBytes(held),
    ];
  });
  return layOutTable([header, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right']);
}

function laneTrouble({ name: database, state }: DatabaseStatus, lane: LaneStatus, palette: Palette): string[] {
  const name = `${database}, lane ${lane.name}${lane.direction === 'reverse' ? ' (target to source)' : ''}`;
  if (lane.error !== null)
    return [
      `  ${palette.red('✗')} ${name}: ${lane.error}`,
      `      subscription ${lane.subscription}, slot ${lane.slot}`,
    ];
  // Until its tables are in, a lane only collects.
  if (!lane.enabled && state === 'copying') return [];
  if (!lane.enabled) return [`  ${palette.yellow('!')} ${name}: subscription ${lane.subscription} is disabled`];
  if (!lane.active) return [`  ${palette.yellow('!')} ${name}: no apply worker is connected to slot ${lane.slot}`];
  return [];
}

/** Seconds behind up to which the target is told to be in sync. */
const inSyncWithin = 5;
/**
 * And bytes: a worker that waits for a lock answers no more, so that its seconds stay what they were; and a role without
 * pg_read_all_stats sees none.
 */
const inSyncBytes = 64 * 1024 * 1024;

/**
 * Copied and following is more than `syncing` says: only a lane that is behind or in trouble still has to get there.
 */
function wordOf({ name, state, tables, lanes }: DatabaseStatus, suspects: ReadonlySet<string | undefined>): string {
  // What is said of no database may be any.
  if (suspects.has(name) || suspects.has(undefined) || tables.copied < tables.total) return state;
  const follows = (lane: LaneStatus): boolean =>
    lane.active &&
    lane.enabled &&
    lane.error === null &&
    lane.lag_bytes !== null &&
    lane.lag_bytes <= inSyncBytes &&
    (lane.lag_seconds ?? 0) <= inSyncWithin;
  return state === 'syncing' && lanes.length > 0 && lanes.every(follows) ? 'in sync' : state;
}

/** Databases of which something says that not every row is there: that their lanes follow proves nothing. */
function suspectsOf({ drift }: Status): ReadonlySet<string | undefined> {
  return new Set(rowDoubts(drift).map(({ database }) => database));
}

function wholeWord(status: Status): string {
  const { state, databases, drift } = status;
  // Also of a database that no list has any more.
  if (rowDoubts(drift).length > 0) return state;
  const suspects = suspectsOf(status);
  const words = new Set(databases.map(each => wordOf(each, suspects)));
  return state === 'syncing' && words.size === 1 && words.has('in sync') ? 'in sync' : state;
}

function paintState(state: MigrationState, palette: Palette, word: string): string {
  switch (state) {
    case 'failed':
      return palette.red(word);
    case 'stopped':
      return palette.yellow(word);
    case 'syncing':
    case 'cut-over':
    case 'ready':
      return palette.green(word);
    case 'copying':
    case 'prepared':
      return palette.cyan(word);
    case 'not-started':
      return word;
  }
}

const urgency: Readonly<Record<MigrationState, number>> = {
  failed: 0,
  stopped: 1,
  copying: 2,
  'not-started': 3,
  prepared: 4,
  syncing: 5,
  'cut-over': 6,
  ready: 7,
};

function chooseDatabases(databases: readonly DatabaseStatus[], limit: number): readonly DatabaseStatus[] {
  if (databases.length <= limit) return databases;
  return databases.toSorted((a, b) => urgency[a.state] - urgency[b.state]).slice(0, limit);
}

function known(values: readonly (number | null)[]): number[] {
  return values.filter(value => value !== null);
}

function largest(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : Math.max(...numbers);
}

function sum(values: readonly (number | null)[]): number | null {
  const numbers = known(values);
  return numbers.length === 0 ? null : numbers.reduce((total, value) => total + value, 0);
}

/** The state of a whole migration in a few words, for one line of a log. */
export function summariseStatus(status: Status): string {
  const lanes = status.databases.flatMap(({ lanes: each }) => each);
  const lag = largest(lanes.map(lane => lane.lag_bytes));
  return `${status.state}, ${plural(status.databases.length, 'database')}${lag === null ? '' : `, lag ${formatBytes(lag)}`}`;
}
