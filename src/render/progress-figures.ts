import type { Progress } from '../progress.js';
import { formatBytes, formatCount, formatRate, formatSeconds, percent } from '../quantities.js';

/** How far it is, in words, the most telling first: `45%`, `1.1 GB of 2.3 GB`, `210 MB/s`, `6 s left`, … */
export function progressFigures(progress: Progress): string[] {
  const { bytes, items, rows, rate, eta } = progress;
  const share = shareOf(progress);
  return [
    ...(share === null ? [] : [`${share}%`]),
    ...(bytes === undefined
      ? []
      : [bytes.total > 0 ? `${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}` : formatBytes(bytes.done)]),
    ...(items === undefined ? [] : [`${formatCount(items.done)} of ${formatCount(items.total)} ${items.unit}`]),
    ...(rows === undefined ? [] : [`${formatCount(rows)} rows`]),
    ...(rate === undefined || rate <= 0 ? [] : [formatRate(rate)]),
    ...(eta === undefined || eta === null || share === 100
      ? []
      : [`${formatSeconds(Math.max(1, Math.round(eta)))} left`]),
    ...(progress.message === undefined ? [] : [progress.message]),
    ...(progress.waiting_for === undefined ? [] : [`waiting for ${progress.waiting_for}`]),
  ];
}

/** A bar of `width` columns, or null where the whole is unknown. */
export function progressBar(progress: Progress, width: number): string | null {
  const share = shareOf(progress);
  if (share === null) return null;
  const full = Math.round((share / 100) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

function shareOf({ bytes, items }: Progress): number | null {
  if (bytes !== undefined && bytes.total > 0) return percent(bytes.done, bytes.total);
  return items === undefined ? null : percent(items.done, items.total);
}
