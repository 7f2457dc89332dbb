import { shownName } from '../postgres/relation-key.js';
import type { DifferingRow, VerifiedDatabase, VerifiedTable, VerifyReport } from '../verify/report.js';
import { andMore, fold } from './fold.js';
import { plain, type Palette } from './palette.js';
import { printable } from './printable.js';
import { formatCount, formatSeconds, plural } from '../quantities.js';

export interface VerifyTextOptions {
  readonly palette?: Palette;
  /** Every table, equal ones too, and every row that is known to differ. */
  readonly verbose?: boolean;
}

/** Whether both sides hold the same, and where they do not, which rows and how. */
export function renderVerify(
  given: VerifyReport,
  { palette = plain, verbose = false }: VerifyTextOptions = {},
): string {
  const report = printable(given);
  const lines = report.databases.flatMap(database => databaseLines(database, palette, verbose));
  const tables = report.databases.flatMap(database => database.tables);
  const rows = tables.reduce((total, table) => total + table.rows_source, 0);
  const compared =
    `${plural(report.databases.length, 'database')}, ${plural(tables.length, 'table')}, ${plural(rows, 'row')} ${howCompared(report.depth)} ` +
    `in ${formatSeconds(report.seconds)}`;
  const different = tables.filter(table => !table.equal).length;
  const unequal = report.databases.filter(database => !database.equal);
  const behind = unequal.reduce((total, database) => total + database.sequences.length, 0);
  const objects = unequal.reduce((total, database) => total + (database.large_objects?.differing ?? 0), 0);
  const verdict = report.equal
    ? equalVerdict(report, palette)
    : palette.red.bold(
        'Source and target ' +
          `differ: ${[...(different > 0 ? [plural(different, 'table')] : []), ...(behind > 0 ? [`${plural(behind, 'sequence')} behind`] : []), ...(objects > 0 ? [plural(objects, 'large object')] : [])].join(', ')}.`,
      );
  return [...lines, ...(lines.length > 0 ? [''] : []), verdict, compared].map(line => `${line}\n`).join('');
}

/** No more than what was compared; the lines above name what was not, and what a switch will bring or set. */
function equalVerdict({ depth, databases }: VerifyReport, palette: Palette): string {
  const none = databases.every(({ tables }) => tables.length === 0);
  const all = databases.every(
    ({ sequences, large_objects: objects, not_compared: left = [] }) =>
      sequences.length === 0 && left.length === 0 && (objects === undefined || objects.differing === 0),
  );
  const anything = !none || databases.some(({ large_objects: objects }) => (objects?.differing ?? null) !== null);
  if (none && !(all && anything)) return palette.yellow.bold('There was no table to compare.');
  if (depth === 'counts') return palette.green.bold('Both sides have the same number of rows.');
  if (depth === 'sample') return palette.green.bold('The rows that were sampled are equal.');
  return palette.green.bold(all ? 'Source and target are equal.' : 'The tables that were compared are equal.');
}

function databaseLines(database: VerifiedDatabase, palette: Palette, verbose: boolean): string[] {
  const mark = database.equal ? palette.green('✓') : palette.red('✗');
  const objects =
    database.large_objects === undefined ? '' : `, ${plural(database.large_objects.source, 'large object')}`;
  const lines = [`${mark} ${palette.bold(database.name)}: ${plural(database.tables.length, 'table')}${objects}`];
  const shown = verbose ? database.tables : database.tables.filter(table => !table.equal);
  for (const table of shown) lines.push(...tableLines(table, palette, verbose));
  return [
    ...lines,
    ...sequenceLines(database, palette, verbose),
    ...largeObjectLines(database, palette),
    ...notComparedLines(database, palette, verbose),
  ];
}

/** Large objects that differ: a note while replication goes on, since the cutover brings them over. */
function largeObjectLines({ large_objects: objects, equal }: VerifiedDatabase, palette: Palette): string[] {
  if (objects === undefined || objects.differing === 0) return [];
  if (objects.differing === null)
    return [
      `  ${palette.blue('i')} ${plural(objects.source, 'large object')} not compared: not all of them may be read`,
    ];
  const { shown, hidden } = fold(objects.oids, 5);
  const oids = `OID ${shown.join(', ')}${hidden > 0 ? ' …' : ''}`;
  const words = `${plural(objects.differing, 'large object')} ${objects.differing === 1 ? 'differs' : 'differ'} (${oids})`;
  return [
    equal
      ? `  ${palette.blue('i')} ${words}: changed ones are copied again at a switch`
      : `  ${palette.red('✗')} ${words}`,
  ];
}

const notComparedWords = {
  unlogged: 'unlogged, so its later changes do not follow',
  'no-identity': 'without replica identity, so its later changes do not follow',
  'users-code': 'a query over it would run code of others with the rights of pgm (PGM423)',
} as const;

function notComparedLines(
  { not_compared: tables = [] }: VerifiedDatabase,
  palette: Palette,
  verbose: boolean,
): string[] {
  const { shown, hidden } = fold(tables, verbose ? Infinity : 10);
  return [
    ...shown.map(
      ({ schema, table, reason }) =>
        `  ${palette.blue('i')} ${shownName({ schema, name: table })} not ` + `compared: ${notComparedWords[reason]}`,
    ),
    ...(hidden > 0 ? [`  ${andMore(hidden, 'table')} not compared (--verbose shows all)`] : []),
  ];
}

/** Sequences that are behind: a note while replication goes on, since the cutover sets them. */
function sequenceLines({ sequences, equal, tables }: VerifiedDatabase, palette: Palette, verbose: boolean): string[] {
  const counts = !equal && tables.every(table => table.equal);
  const { shown, hidden } = fold(sequences, verbose ? Infinity : 10);
  return [
    ...shown.map(
      ({ schema, name, source, target }) =>
        `  ${counts ? palette.red('✗') : palette.blue('i')} sequence ${shownName({ schema, name })}: ` +
        `source ${source ?? 'missing'}, target ${target ?? 'missing'}${counts ? '' : ', set at cutover'}`,
    ),
    ...(hidden > 0 ? [`  ${andMore(hidden, 'sequence')} (--verbose shows all)`] : []),
  ];
}

function tableLines(table: VerifiedTable, palette: Palette, verbose: boolean): string[] {
  const name = shownName({ schema: table.schema, name: table.table });
  if (table.equal) return [`  ${palette.green('✓')} ${name}: ${plural(table.rows_source, 'row')}`];
  if (table.method === 'missing') return [`  ${palette.red('✗')} ${name}: missing on one side`];
  const counts =
    table.rows_source === table.rows_target
      ? plural(table.rows_source, 'row')
      : `source ${formatCount(table.rows_source)}, target ${plural(table.rows_target, 'row')}`;
  const { shown, hidden } = fold(table.differing_rows, verbose ? Infinity : 10);
  return [
    `  ${palette.red('✗')} ${name}: ${counts}, ${table.differing_rows.length === 0 ? 'different' : `${formatCount(table.differing_rows.length)}${table.differing_rows.length >= 100 ? ' or more' : ''} differ`}`,
    ...(table.missing_columns ?? []).map(
      ({ server, column }) => `      ${palette.red('✗')} column ${column} is missing on the ${server}`,
    ),
    ...shown.flatMap(row => [rowLine(row, palette), ...valueLines(row, palette)]),
    ...(hidden > 0 ? [`      ${andMore(hidden, 'row')} (--verbose shows all that are known)`] : []),
  ];
}

function rowLine(row: DifferingRow, palette: Palette): string {
  const key = Object.entries(row.key)
    .map(([column, value]) => `${column}=${value ?? 'null'}`)
    .join(' ');
  switch (row.difference) {
    case 'only-source':
      return `      ${palette.red('-')} ${key} only on the source`;
    case 'only-target':
      return `      ${palette.green('+')} ${key} only on the target`;
    case 'values':
      return `      ${palette.yellow('~')} ${key}${row.columns.length === 0 ? '' : ` differs in ${row.columns.join(', ')}`}`;
  }
}

/** Where values were asked for: each as it is on both sides. */
function valueLines({ values }: DifferingRow, palette: Palette): string[] {
  return Object.entries(values ?? {}).flatMap(([column, { source, target }]) => [
    `          ${palette.red(`- ${column} = ${source ?? 'null'}`)}`,
    `          ${palette.green(`+ ${column} = ${target ?? 'null'}`)}`,
  ]);
}

function howCompared(depth: VerifyReport['depth']): string {
  switch (depth) {
    case 'full':
      return 'compared in full';
    case 'sample':
      return 'counted, a sample of them compared';
    case 'counts':
      return 'counted only';
  }
}
