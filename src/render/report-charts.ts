import type { MigrationReport, ReportPhase, WriteStop } from '../apply/report.js';
import { formatBytes, formatMilliseconds, formatSeconds, formatTime, plural } from '../quantities.js';
import { escapeHtml } from './html.js';
import { phaseTitles } from './report-words.js';
import { partsInOrder } from './write-stop.js';

/** Widths in the pictures' own units: they are stretched to the page. */
const width = 1000;
/** Of a pause in which nothing was at work, however long. */
const breakWidth = 34;

interface Axis {
  readonly x: (time: number) => number;
  readonly breaks: readonly { readonly from: number; readonly to: number; readonly at: number }[];
}

/**
 * Time from left to right, without the pauses: a migration may stream for days between two short runs. A pause is one
 * of more than a twentieth of the working time, and of more than two seconds.
 */
export function timeAxis(phases: readonly ReportPhase[]): Axis {
  const intervals = phases
    .flatMap(phase =>
      phase.intervals.map(({ began_at, ended_at }) => ({ from: Date.parse(began_at), to: Date.parse(ended_at) })),
    )
    .sort((a, b) => a.from - b.from);
  const working = intervals.reduce((sum, { from, to }) => sum + (to - from), 0);
  const least = Math.max(2_000, working / 20);
  const runs: { from: number; to: number }[] = [];
  for (const { from, to } of intervals) {
    const last = runs.at(-1);
    if (last !== undefined && from - last.to <= least) last.to = Math.max(last.to, to);
    else runs.push({ from, to });
  }
  const total = Math.max(
    1,
    runs.reduce((sum, { from, to }) => sum + (to - from), 0),
  );
  const scale = (width - breakWidth * Math.max(0, runs.length - 1)) / total;
  const starts: number[] = [];
  let at = 0;
  for (const { from, to } of runs) {
    starts.push(at);
    at += (to - from) * scale + breakWidth;
  }
  return {
    x: time => {
      const run = Math.max(
        0,
        runs.findLastIndex(({ from }) => from <= time),
      );
      const { from, to } = runs[run] ?? { from: time, to: time };
      return (starts[run] ?? 0) + (Math.min(time, to) - from) * scale;
    },
    breaks: runs.slice(1).map((run, index) => ({
      from: runs[index]?.to ?? run.from,
      to: run.from,
      at: (starts[index + 1] ?? 0) - breakWidth,
    })),
  };
}

/** A row a phase: when it was at work. */
export function durationsChart({ phases }: Pick<MigrationReport, 'phases'>): string {
  if (phases.length === 0) return '';
  const { x, breaks } = timeAxis(phases);
  const pauses = breaks
    .map(({ at }) => `<rect class="pause" x="${at.toFixed(1)}" y="0" width="${breakWidth}" height="20"/>`)
    .join('');
  const rows = phases.map(phase => {
    const bars = phase.intervals.map(({ began_at, ended_at }) => {
      const from = x(Date.parse(began_at));
      const long = Math.max(4, x(Date.parse(ended_at)) - from);
      return (
        `<rect class="bar ${phase.name}" x="${Math.min(from, width - long).toFixed(1)}" ` +
        `y="2" rx="2" width="${long.toFixed(1)}" height="16"/>`
      );
    });
    const title = phaseTitles[phase.name];
    return (
      `<div class="row"><span class="label">${title}</span><svg viewBox="0 0 ${width} ` +
      '20" preserveAspectRatio="none" role="img" ' +
      `aria-label="${title}: ${formatSeconds(phase.seconds)}">${pauses}${bars.join('')}</svg><span ` +
      `class="value">${formatSeconds(phase.seconds)}</span></div>`
    );
  });
  const told = breaks.map(
    ({ from, to }) => `${formatSeconds((to - from) / 1000)} from ${formatTime(new Date(from).toISOString())}`,
  );
  const legend =
    told.length === 0
      ? ''
      : `<p class="note"><svg class="key" viewBox="0 0 ${breakWidth} 20"><rect ` +
        `class="pause" width="${breakWidth}" height="20"/></svg> Nothing of pgm ran ` +
        `here${told.length <= 3 ? `: ${told.join('; ')}` : ` (${told.length} pauses)`}; ` +
        'replication, where it was set up, went on.</p>';
  return `<div class="durations">${rows.join('')}</div>${legend}`;
}

/** How far the target was behind, over all lanes. Two points make no picture: then it is said. */
export function lagChart({ samples, peak_bytes: peak }: MigrationReport['lag']): string {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || peak === null) return '';
  if (samples.length < 3)
    return (
      `<p>At most ${formatBytes(peak)} behind, in ${plural(samples.length, 'sample')}: pgm was not running for ` +
      'long.</p>'
    );
  const height = 160;
  // In the order they were taken, evenly: between two runs there may be days.
  const points = samples.map(
    ({ bytes }, index) =>
      [(index / (samples.length - 1)) * width, height - (peak === 0 ? 0 : (bytes / peak) * (height - 8))] as const,
  );
  const line = points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const label = `At most ${formatBytes(peak)} behind, at the end ${formatBytes(last.bytes)}`;
  return (
    `<figure class="lag"><div class="scale"><span>${formatBytes(peak)}</span><span>0</span></div><svg ` +
    `viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}"><polygon ` +
    `class="area" points="0,${height} ${line} ${width},${height}"/><polyline class="line" ` +
    `points="${line}"/></svg><figcaption><span>${formatTime(first.at)}</span><span>${formatTime(last.at)}</span></figcaption></figure><p ` +
    `class="note">${label}. ${samples.length} samples, taken while pgm ran, drawn one beside the other.</p>`
  );
}

/** The write stop in parts, as they followed each other. */
export function writeStopChart({ ms, parts }: Pick<WriteStop, 'ms' | 'parts'>): string {
  const entries = partsInOrder(parts).filter(([, part]) => part > 0);
  const total = Math.max(
    ms,
    entries.reduce((sum, [, part]) => sum + part, 0),
    0.001,
  );
  let at = 0;
  const bars = entries.map(([name, part], index) => {
    const rect =
      `<rect class="part p${index % 8}" x="${at.toFixed(1)}" y="0" ` +
      `width="${((part / total) * width).toFixed(1)}" ` +
      `height="28"><title>${escapeHtml(name)}: ${formatMilliseconds(part)}</title></rect>`;
    at += (part / total) * width;
    return rect;
  });
  const legend = entries.map(
    ([name, part], index) =>
      `<li><svg class="key" viewBox="0 0 10 10"><rect class="part p${index % 8}" width="10" ` +
      `height="10"/></svg> ${escapeHtml(name)} <b>${formatMilliseconds(part)}</b></li>`,
  );
  return (
    `<svg class="stop" viewBox="0 0 ${width} 28" preserveAspectRatio="none" role="img" aria-label="Write ` +
    `stop ${formatMilliseconds(ms)}">${bars.join('')}</svg><ul class="legend">${legend.join('')}</ul>`
  );
}
