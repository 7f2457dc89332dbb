import type { MigrationReport, ReportServer } from '../apply/report.js';
import { applicationTitle, isOfApplication } from './application-words.js';
import { formatBytes, formatCount, formatMilliseconds, formatSeconds, formatTime, plural } from '../quantities.js';
import { escapeHtml, htmlTable } from './html.js';
import { printable } from './printable.js';
import { durationsChart, lagChart, writeStopChart } from './report-charts.js';
import { reportStyle } from './report-style.js';
import {
  comparisonOf,
  equalWords,
  howCompared,
  momentWords,
  objectTotals,
  stateOf,
  toneOf,
  verdictOf,
} from './report-words.js';

const e = escapeHtml;

/** One page that needs nothing beside it: no script, no font, no address. */
export function renderReportHtml(given: MigrationReport): string {
  const report = printable(given);
  const title = `Migration report: ${report.name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${e(title)}</title>
<style>${reportStyle}</style>
</head>
<body>
<main>
<header>
<h1>${e(title)}</h1>
<p class="soft">${report.began_at === null || report.ended_at === null ? '' : `${formatTime(report.began_at)} to ${formatTime(report.ended_at)}, `}method ${report.method ?? 'not chosen yet'}</p>
<p class="verdict ${toneOf(report)}">${e(stateOf(report))}. ${e(verdictOf(report))}.</p>
<div class="servers">${serverCard('Source', report.source)}<div class="arrow" aria-hidden="true">→</div>${serverCard('Target', report.target)}</div>
${tiles(report)}
</header>
${[
  section('How long each part took', durationsChart(report)),
  section('Write stop', writeStop(report)),
  section('How far the target was behind', lagChart(report.lag)),
  section('What was compared', comparisons(report)),
  section('Databases', databases(report)),
  section('Objects', objects(report)),
  section('Left out', leftOut(report)),
  section('Known before the cutover', findings(report.findings.filter(({ code }) => !isOfApplication(code)))),
  section(applicationTitle, findings(report.findings.filter(({ code }) => isOfApplication(code)))),
  section(
    'Messages of the runs',
    list(report.notes.map(({ at, message }) => `<span class="soft">${formatTime(at)}</span> ${e(message)}`)),
  ),
  section(
    'Settings that are still changed',
    htmlTable(
      [{ title: 'Server' }, { title: 'Setting' }, { title: 'Before' }, { title: 'Now' }],
      report.settings.map(({ server, name, before, after }) => [
        e(server),
        `<code>${e(name)}</code>`,
        e(before ?? 'not set by ALTER SYSTEM'),
        e(after),
      ]),
    ),
  ),
  section(
    'Failed steps',
    list(
      report.failures.map(
        ({ step, message, at }) => `<span class="bad">${e(step)}</span> ${formatTime(at)}: ${e(message)}`,
      ),
    ),
  ),
].join('')}
<div class="sign"><div>Name</div><div>Date</div><div>Signature</div></div>
<footer>Made ${formatTime(report.generated_at)} by pgm ${e(report.pgm_version)}. Migration ${e(report.lineage)}, spec SHA-256 ${e(report.spec_sha256)}. Sizes and objects of the target are of the moment of this report; all else was recorded when it was done.</footer>
</main>
</body>
</html>
`;
}

function section(title: string, body: string): string {
  return body === '' ? '' : `<section>\n<h2>${e(title)}</h2>\n${body}\n</section>\n`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul class="plain">${items.map(item => `<li>${item}</li>`).join('')}</ul>`;
}

function serverCard(
  side: string,
  { address, version, system_identifier: id, reachable, message }: ReportServer,
): string {
  const silent = reachable
    ? ''
    : `<span class="warn">did not answer when this was made${message === null ? '' : `: ${e(message)}`}</span>`;
  return (
    `<div><span class="soft">${side}</span><b>${e(address)}</b><span ` +
    `class="soft">PostgreSQL ${e(version ?? 'unknown')}${id === null || id === '' ? '' : `, system ${e(id)}`}</span> ${silent}</div>`
  );
}

function tiles(report: MigrationReport): string {
  const { totals, write_stop: stop, lag } = report;
  const figures: readonly (readonly [value: string, label: string])[] = [
    [formatCount(totals.databases), totals.databases === 1 ? 'database' : 'databases'],
    [formatCount(totals.tables), totals.tables === 1 ? 'table' : 'tables'],
    [formatCount(totals.rows), 'rows copied'],
    [formatBytes(totals.bytes), 'over the wire'],
    ...(stop === null ? [] : [[formatMilliseconds(stop.ms), 'write stop'] as const]),
    ...(lag.peak_bytes === null ? [] : [[formatBytes(lag.peak_bytes), 'behind at most'] as const]),
    [formatSeconds(report.active_seconds), 'running'],
  ];
  return (
    '<ul ' +
    `class="tiles">${figures.map(([value, label]) => `<li><b>${e(value)}</b><span>${label}</span></li>`).join('')}</ul>`
  );
}

function writeStop({ write_stop: stop }: MigrationReport): string {
  if (stop === null) return '';
  const from = stop.event === 'cutover' ? 'source' : 'target';
  return (
    `<p>Writes on the ${from} stood still for <b>${formatMilliseconds(stop.ms)}</b>; the switch ` +
    `was done ${formatTime(stop.finished_at)}.</p>${writeStopChart(stop)}`
  );
}

function comparisons(report: MigrationReport): string {
  if (report.comparisons.length === 0) return `<p class="warn">${e(verdictOf(report))}.</p>`;
  return htmlTable(
    [
      { title: 'Database' },
      { title: 'Result' },
      { title: 'Tables', numeric: true },
      { title: 'Rows', numeric: true },
      { title: 'Took', numeric: true },
      { title: 'How', wide: true },
    ],
    report.comparisons.map(each => [
      each.database === null ? '<span class="soft">all</span>' : e(each.database),
      each.differing === 0
        ? `<b class="${each.not_compared === 0 ? 'good' : 'warn'}">${equalWords(each)}</b>`
        : `<b class="bad">${plural(each.differing, 'table')} differ</b>`,
      formatCount(each.tables),
      formatCount(each.rows),
      each.seconds === null ? '' : formatSeconds(each.seconds),
      `${e(howCompared(each))}; ${momentWords[each.moment]}${each.finished_at === null ? '' : `, ${formatTime(each.finished_at)}`}${each.not_compared === 0 ? '' : `. <span class="warn">${plural(each.not_compared, 'changed table')} not compared again: the limit was reached</span>`}`,
    ]),
  );
}

function databases(report: MigrationReport): string {
  const bytes = (value: number | null): string => (value === null ? '–' : formatBytes(value));
  const sum = (of: (database: MigrationReport['databases'][number]) => number | null): number =>
    report.databases.reduce((total, database) => total + (of(database) ?? 0), 0);
  const rows = report.databases.map(database => {
    const { copied, size } = database;
    const compared = comparisonOf(report, database.name);
    const verdict =
      compared === undefined
        ? '<span class="soft">–</span>'
        : compared.differing === 0
          ? `<span class="${compared.not_compared === 0 ? 'good' : 'warn'}">${equalWords(compared)}</span>`
          : '<span class="bad">differs</span>';
    return [
      e(database.name),
      copied === null ? '–' : formatCount(copied.tables),
      copied === null ? '–' : formatCount(copied.rows),
      bytes(copied?.bytes ?? null),
      copied === null ? '–' : formatSeconds(copied.seconds),
      bytes(size.source),
      bytes(size.target),
      verdict,
    ];
  });
  const foot =
    report.databases.length < 2
      ? []
      : [
          'All',
          formatCount(report.totals.tables),
          formatCount(report.totals.rows),
          formatBytes(report.totals.bytes),
          '',
          bytes(sum(({ size }) => size.source) || null),
          bytes(sum(({ size }) => size.target) || null),
          '',
        ];
  return htmlTable(
    [
      { title: 'Database' },
      { title: 'Tables', numeric: true },
      { title: 'Rows', numeric: true },
      { title: 'Copied', numeric: true },
      { title: 'In', numeric: true },
      { title: 'Size, source', numeric: true },
      { title: 'Size, target', numeric: true },
      { title: 'Compared' },
    ],
    rows,
    foot,
  );
}

function objects(report: MigrationReport): string {
  const totals = objectTotals(report);
  const table = htmlTable(
    [
      { title: 'Kind' },
      { title: 'Source, when read', numeric: true },
      { title: 'Target, now', numeric: true },
      { title: '' },
    ],
    totals.map(({ kind, source, target }) => [
      kind,
      formatCount(source),
      formatCount(target),
      source === target ? '<span class="good">equal</span>' : `<span class="warn">${signed(target - source)}</span>`,
    ]),
  );
  const left =
    report.left_out.tables.length > 0 && totals.some(({ source, target }) => target < source)
      ? '<p class="note">Fewer on the target: what was left out, which is listed below.</p>'
      : '';
  return `${table}${table === '' ? '' : left}${report.roles_made === 0 ? '' : `<p>${plural(report.roles_made, 'role')} made on the target.</p>`}`;
}

function signed(difference: number): string {
  return `${difference > 0 ? '+' : '−'}${formatCount(Math.abs(difference))}`;
}

function leftOut({ left_out: { databases: out, tables, dependants } }: MigrationReport): string {
  return list([
    ...out.map(({ database, why }) => `Database <b>${e(database)}</b>: ${e(why)}`),
    ...tables.map(
      ({ database, count, names }) =>
        `<b>${e(database)}</b>: ${plural(count, 'table')} by the ` +
        `spec: ${e(names.join(', '))}${names.length < count ? ' …' : ''}`,
    ),
    ...dependants.map(
      ({ database, names }) => `<b>${e(database)}</b>: with them what depends on them: ${e(names.join(', '))}`,
    ),
  ]);
}

function findings(known: MigrationReport['findings']): string {
  return htmlTable(
    [{ title: 'Code' }, { title: 'Database' }, { title: 'What', wide: true }],
    known.map(({ code, severity, database, message }) => [
      `<code class="${severity === 'warning' ? 'warn' : 'soft'}">${e(code)}</code>`,
      database === undefined ? '<span class="soft">all</span>' : e(database),
      e(message),
    ]),
  );
}
