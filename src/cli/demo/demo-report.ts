import type { Palette } from '../../render/palette.js';
import { formatCount, formatMilliseconds, formatSeconds } from '../../quantities.js';

/** What the demo measured, by its own client's count. */
export interface DemoResult {
  /** Rows whose commit a server acknowledged to the client, from the first to the last. */
  readonly written: number;
  /** How many of these the target has. */
  readonly arrived: number;
  /** As pgm measured it; null where pgm did not say. */
  readonly writeStopMs: number | null;
  readonly seconds: number;
}

/** The demo's last lines. */
export function demoReport({ written, arrived, writeStopMs, seconds }: DemoResult, palette: Palette): string {
  const lost = written - arrived;
  const rows: readonly (readonly [string, string])[] = [
    ['rows written meanwhile', formatCount(written)],
    [
      'rows arrived',
      `${formatCount(arrived)}${lost === 0 ? palette.green(', every one') : palette.red(`, ${formatCount(lost)} LOST`)}`,
    ],
    ['write stop', writeStopMs === null ? 'not measured' : formatMilliseconds(writeStopMs)],
    ['in total', formatSeconds(seconds)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}\n`).join('');
}
