import { formatMilliseconds } from './quantities.js';

/** `143 ms (lock 4 ms, drain 12 ms, verify 101 ms)`: how long writes stood still, and where the time went. */
export function renderWriteStop(milliseconds: number, parts: Readonly<Record<string, number>>): string {
  const known = Object.entries(parts).map(([name, part]) => `${name} ${formatMilliseconds(part)}`);
  return `${formatMilliseconds(milliseconds)}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
}
