import type { MigrationReport } from '../apply/report.js';
import { formatBytes, formatCount, formatSeconds, formatTime, plural } from '../quantities.js';
import { applicationTitle, isOfApplication } from './application-words.js';
import { plain, type Palette } from './palette.js';
import { oneLine, printable } from './printable.js';
import {
  comparisonOf,
  equalWords,
  howCompared,
  momentWords,
  objectTotals,
  phaseTitles,
  stateOf,
  toneOf,
  verdictOf,
} from './report-words.js';
import { layOutTable } from './table.js';
import { renderWriteStop } from './write-stop.js';

export interface ReportTextOptions {
  readonly palette?: Palette;
}

/** The report for a terminal or a mail: the figures first, then a part for each question that an approver has. */
export function renderReport(given: MigrationReport, { palette = plain }: ReportTextOptions = {}): string {
  const report = printable(given);
  const lines = [
    `${palette.bold(`Migration ${report.name}`)}: ${stateOf(report)}. ${paintVerdict(report, palette)}.`,
    palette.dim(
      `${report.source.address} (PostgreSQL ${report.source.version ?? '?'}) to ${report.target.address} ` +
        `(PostgreSQL ${report.target.version ?? '?'}), method ${report.method ?? '-'}, ` +
        `made ${formatTime(report.generated_at)} by pgm ${report.pgm_version}`,
    ),
    ...[report.source, report.target].flatMap((server, index) =>
      server.reachable
        ? []
        : [palette.yellow(`! the ${index === 0 ? 'source' : 'target'} did not answer: ${server.message ?? ''}`)],
    ),
  ];
  const part = (title: string, body: readonly string[]): void => {
    if (body.length > 0) lines.push('', palette.bold(title), ...body.map(line => `  ${line}`));
  };
  const { totals, write_stop: stop, lag } = report;
  part('Moved', [
    `${plural(totals.databases, 'database')}, ${plural(totals.tables, 'table')}, ${plural(totals.rows, 'row')}, ${formatBytes(totals.bytes)}${report.roles_made === 0 ? '' : `, ${plural(report.roles_made, 'role')}`}`,
    ...databaseTable(report, palette),
  ]);
  part('Time', timeTable(report, palette));
  if (lag.peak_bytes !== null)
    part('Lag', [
      `at most ${formatBytes(lag.peak_bytes)} behind in ${plural(lag.samples.length, 'sample')} while pgm ran`,
    ]);
  if (stop !== null)
    part(stop.event === 'cutover' ? 'Write stop' : 'Write stop of the rollback', [
      `${renderWriteStop(stop.ms, stop.parts)}, ended ${formatTime(stop.finished_at)}`,
    ]);
  part('Compared', comparisonTable(report, palette));
  part('Objects, source when its definitions were read and target now', objectTable(report, palette));
  part('Left out', leftOut(report));
  const known = (findings: MigrationReport['findings']): readonly string[] =>
    findings.map(
      ({ code, database, message }) => `${code}  ${database === undefined ? '' : `${database}: `}${oneLine(message)}`,
    );
  part('Known before', known(report.findings.filter(({ code }) => !isOfApplication(code))));
  part(applicationTitle, known(report.findings.filter(({ code }) => isOfApplication(code))));
  part(
    'Messages of the runs',
    report.notes.map(({ at, message }) => `${formatTime(at)}  ${message}`),
  );
  part(
    'Settings still changed',
    report.settings.map(
      ({ server, name, before, after }) =>
        `${server}: ${name} = ${after} (before: ${before ?? 'not set by ALTER SYSTEM'})`,
    ),
  );
  part(
    'Failed',
    report.failures.map(({ step, message }) => `${palette.red('✗')} ${step}: ${message}`),
  );
  return lines.map(line => `${line}\n`).join('');
}

function paintVerdict(report: MigrationReport, palette: Palette): string {
  const paint = { good: palette.green, warn: palette.yellow, bad: palette.red }[toneOf(report)];
  return paint(verdictOf(report));
}

function databaseTable(report: MigrationReport, palette: Palette): string[] {
  const header = ['Database', 'Tables', 'Rows', 'Copied', 'In', 'Size source', 'target', 'Compared'].map(title =>
    palette.dim(title),
  );
  const bytes = (value: number | null): string => (value === null ? '-' : formatBytes(value));
  const rows = report.databases.map(database => {
    const { copied, size } = database;
    const compared = comparisonOf(report, database.name);
    return [
      database.name,
      copied === null ? '-' : formatCount(copied.tables),
      copied === null ? '-' : formatCount(copied.rows),
      copied === null ? '-' : formatBytes(copied.bytes),
      copied === null ? '-' : formatSeconds(copied.seconds),
      bytes(size.source),
      bytes(size.target),
      compared === undefined ? '-' : compared.differing === 0 ? equalWords(compared) : 'differs',
    ];
  });
  return layOutTable([header, ...rows], ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left']);
}

function timeTable({ phases, began_at, ended_at, active_seconds }: MigrationReport, palette: Palette): string[] {
  if (phases.length === 0 || began_at === null || ended_at === null) return [];
  const longest = Math.max(...phases.map(({ seconds }) => seconds), 0.001);
  const rows = phases.map(({ name, seconds, began_at: began, steps }) => [
    phaseTitles[name],
    formatSeconds(seconds),
    palette.cyan('▇'.repeat(Math.max(1, Math.round((seconds / longest) * 24)))),
    palette.dim(`${plural(steps, 'step')}, from ${formatTime(began)}`),
  ]);
  return [
    ...layOutTable(rows, ['left', 'right', 'left', 'left']),
    `${formatTime(began_at)} to ${formatTime(ended_at)}; running for ${formatSeconds(active_seconds)}`,
  ];
}

function comparisonTable(report: MigrationReport, palette: Palette): string[] {
  const rows = report.comparisons.map(comparison => [
    comparison.database ?? 'all databases',
    comparison.differing === 0
      ? (comparison.not_compared === 0 ? palette.green : palette.yellow)(equalWords(comparison))
      : palette.red(`${plural(comparison.differing, 'table')} differ`),
    plural(comparison.tables, 'table'),
    plural(comparison.rows, 'row'),
    comparison.seconds === null ? '' : formatSeconds(comparison.seconds),
    `${howCompared(comparison)}; ${momentWords[comparison.moment]}${comparison.not_compared === 0 ? '' : `; ${plural(comparison.not_compared, 'changed table')} not compared again: the limit was reached`}`,
  ]);
  return layOutTable(rows, ['left', 'left', 'right', 'right', 'right', 'left']);
}

function objectTable(report: MigrationReport, palette: Palette): string[] {
  return layOutTable(
    objectTotals(report).map(({ kind, source, target }) => [
      kind,
      formatCount(source),
      formatCount(target),
      source === target ? '' : palette.yellow('differs'),
    ]),
    ['left', 'right', 'right', 'left'],
  );
}

function leftOut({ left_out: { databases, tables, dependants } }: MigrationReport): string[] {
  return [
    ...databases.map(({ database, why }) => `database ${database}: ${why}`),
    ...tables.map(
      ({ database, count, names }) =>
        `${database}: ${plural(count, 'table')} by the spec: ${names.join(', ')}${names.length < count ? ' …' : ''}`,
    ),
    ...dependants.map(
      ({ database, names }) => `${database}: with them, since they depend on them: ${names.join(', ')}`,
    ),
  ];
}
