import type { WatchEvent } from '../apply/watch-events.js';
import { formatBytes, formatTime } from '../quantities.js';
import type { Palette } from './palette.js';
import { printable } from './printable.js';

/** An event of `pgm watch` as a line. */
export function renderWatchEvent(given: WatchEvent, palette: Palette): string {
  const event = printable(given);
  return `${palette.dim(formatTime(event.at))} ${inWords(event, palette)}\n`;
}

function inWords(event: WatchEvent, palette: Palette): string {
  switch (event.event) {
    case 'state':
      return `${event.name} was ${event.before}, is ${palette.bold(event.after)}`;
    case 'drift':
      return `${palette.yellow('!')} ${event.code} ${event.message}`;
    case 'drift-gone':
      return `${palette.green('✓')} no longer: ${event.code} ${event.message}`;
    case 'lag':
      return `${palette.yellow('!')} lane ${event.lane} is ${formatBytes(event.lag_bytes)} behind`;
    case 'lag-gone':
      return `${palette.green('✓')} lane ${event.lane} has caught up: ${formatBytes(event.lag_bytes)} behind`;
    case 'lane-error':
      return `${palette.red('✗')} lane ${event.lane}: ${event.message}`;
    case 'lane-error-gone':
      return `${palette.green('✓')} lane ${event.lane} goes on`;
    case 'unreachable':
      return `${palette.red('✗')} ${event.message}`;
    case 'followed':
      return `${palette.green('✓')} followed: ${event.message}`;
    case 'not-followed':
      return `${palette.red('✗')} the definitions could not be followed: ${event.message}`;
    case 'reachable':
      return `${palette.green('✓')} both servers answer again`;
  }
}
