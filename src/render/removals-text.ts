import { plural } from '../quantities.js';
import type { Palette } from './palette.js';
import { oneLine } from './printable.js';

/** What would be taken away, and what would stay, before it is asked. */
export function renderRemovals(lines: readonly string[], stays: readonly string[], palette: Palette): string {
  const shown = [
    ...lines.map(line => `  ${palette.red('-')} ${oneLine(line)}\n`),
    ...stays.map(line => `  ${palette.yellow('!')} ${oneLine(line)}\n`),
  ];
  return `${shown.join('')}\n${plural(lines.length, 'thing')} to undo. Migrated data stays where it is.\n`;
}
