import type { Floor } from './floor.js';

export interface Result {
  readonly set: string;
  readonly contender: string;
  readonly run: number;
  /** Seconds. */
  readonly wall: number;
  /** CPU seconds of the tool. */
  readonly cpu: number;
  /** Peak bytes of the tool's largest process. */
  readonly memory: number;
  /** CPU seconds of both servers. */
  readonly serverCpu: number;
  /** Bytes of the databases on the source. */
  readonly bytes: number;
  readonly floor: Floor | null;
  readonly equal: boolean;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Medians of one data set, with pgm's wall time as a ratio to each. */
export function table(set: string, bytes: number, floor: Floor | null, results: readonly Result[]): string {
  const names = [...new Set(results.map(({ contender }) => contender))];
  const of = (name: string, figure: (result: Result) => number): number =>
    median(results.filter(({ contender, equal }) => contender === name && equal).map(figure));
  const pgm = of('pgm', ({ wall }) => wall);
  const continuous = of('pgm continuous', ({ wall }) => wall);
  const rows = names.map(name => {
    const wall = of(name, result => result.wall);
    const ours = name === 'subscription' ? continuous : pgm;
    return [
      name,
      Number.isNaN(wall) ? 'failed' : `${wall.toFixed(1)} s`,
      name.startsWith('pgm') && !name.startsWith('pgcopydb') ? '' : (ours / wall).toFixed(2),
      `${of(name, result => result.cpu).toFixed(1)} s`,
      `${of(name, result => result.serverCpu).toFixed(1)} s`,
      `${Math.round(of(name, result => result.memory) / 1e6)} MB`,
    ];
  });
  const head = ['', 'wall', 'pgm / it', 'own CPU', 'servers’ CPU', 'memory'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const bare =
    floor === null
      ? ''
      : `; bare statements: CPU floor ${floor.cpu.toFixed(1)} s, pgm / floor ${(pgm / floor.cpu).toFixed(2)}; ` +
        `they took ${floor.wall.toFixed(1)} s, pgm / them ${(pgm / floor.wall).toFixed(2)}`;
  return [`${set}: ${Math.round(bytes / 1e6)} MB${bare}`, line(head), ...rows.map(line)].join('\n');
}
