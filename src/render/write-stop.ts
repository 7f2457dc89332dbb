import { formatMilliseconds } from '../quantities.js';

/** The parts in the order they happen; others follow. */
const order = [
  'lock',
  'drain',
  'durable',
  'sequences',
  'extension tables',
  'large objects',
  'lanes',
  'verify',
  'slipped in',
  'hooks',
  'block',
  'resume',
  'sessions',
  'reconnect',
];

/** `143 ms (lock 4 ms, drain 12 ms, verify 101 ms)`: how long writes stood still, and where the time went. */
export function renderWriteStop(milliseconds: number, parts: Readonly<Record<string, number>>): string {
  const known = partsInOrder(parts).map(([name, part]) => `${name} ${formatMilliseconds(part)}`);
  return `${formatMilliseconds(milliseconds)}${known.length === 0 ? '' : ` (${known.join(', ')})`}`;
}

/** Names and milliseconds, as they followed each other. */
export function partsInOrder(parts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(parts).toSorted(([a], [b]) => place(a) - place(b));
}

function place(part: string): number {
  const at = order.indexOf(part);
  return at === -1 ? order.length : at;
}
