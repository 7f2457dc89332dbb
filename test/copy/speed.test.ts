import { describe, expect, it } from 'vitest';
import type { Progress } from '../../src/progress.js';
import { planUnits, type TableToCopy } from '../../src/copy/parts.js';
import { SpeedMeter } from '../../src/copy/speed.js';

const MB = 1024 * 1024;

const table = (name: string, megabytes: number, streamMegabytes: number | null): TableToCopy => ({
  oid: '20000',
  schema: 'public',
  name,
  columns: ['id'],
  numbered: '{}',
  pages: megabytes * 128,
  bytes: megabytes * MB,
  streamBytes: streamMegabytes === null ? null : streamMegabytes * MB,
  binary: true,
  unplanned: false,
  fresh: true,
});

interface Case {
  readonly title: string;
  readonly tables: readonly TableToCopy[];
  /** Bytes over the wire for each byte of the table. */
  readonly real: (table: TableToCopy) => number;
}

const small = Array.from({ length: 40 }, (_, index) => table(`small_${index}`, 1, null));
const cases: readonly Case[] = [
  {
    title: 'as the statistics say',
    tables: [table('orders', 1200, 800), ...small],
    real: each => (each.streamBytes ?? each.bytes) / each.bytes,
  },
  {
    title: 'statistics that are a third too low',
    tables: [table('orders', 1200, 600), table('events', 200, 100), ...small],
    real: each => (each.bytes > 10 * MB ? 0.75 : 1),
  },
  { title: 'no statistics, half of the table dead', tables: [table('orders', 1200, null), ...small], real: () => 0.5 },
  {
    title: 'text, larger than the table',
    tables: [table('orders', 1000, 700), table('log', 300, 250), ...small],
    real: each => (each.bytes > 10 * MB ? 1.4 : 1),
  },
];

/** Three workers over the queue at 100 MB/s together. Gives each report with the seconds that were really left then. */
function simulate({ tables, real }: Case): readonly {
  readonly share: number;
  readonly eta: number | null;
  readonly left: number;
  readonly done: number;
}[] {
  const jobs = 3;
  const reports: { at: number; progress: Progress }[] = [];
  let now = 0;
  const meter = new SpeedMeter(
    tables,
    progress => reports.push({ at: now, progress }),
    () => now,
  );
  const units = [...planUnits(tables, { splitAbove: 64 * MB, jobs, databases: 1 })];
  const partsLeft = new Map(
    tables.map(each => [each, units.flatMap(unit => unit.parts).filter(part => part.table === each).length]),
  );
  const streamOf = (unit: (typeof units)[number]): number =>
    unit.parts.reduce((sum, part) => sum + part.bytes * real(part.table), 0);
  const workers = Array.from({ length: jobs }, () => ({ unit: units.shift(), sent: 0 }));
  while (workers.some(({ unit }) => unit !== undefined)) {
    now += 50;
    const active = workers.filter(({ unit }) => unit !== undefined).length;
    for (const worker of workers) {
      let budget = worker.unit === undefined ? 0 : (100 * MB * 0.05) / active;
      while (worker.unit !== undefined && budget > 0) {
        const step = Math.min(budget, streamOf(worker.unit) - worker.sent);
        worker.sent += step;
        budget -= step;
        meter.addBytes(step);
        if (worker.sent < streamOf(worker.unit)) continue;
        for (const part of worker.unit.parts) {
          meter.addPart(part, part.bytes * real(part.table));
          partsLeft.set(part.table, (partsLeft.get(part.table) ?? 0) - 1);
          if (partsLeft.get(part.table) === 0) meter.addTable();
        }
        Object.assign(worker, { unit: units.shift(), sent: 0 });
      }
    }
  }
  meter.end();
  return reports.map(({ at, progress }) => ({
    share: at / now,
    eta: progress.eta ?? null,
    left: (now - at) / 1000,
    done: progress.bytes?.done ?? 0,
  }));
}

describe('SpeedMeter', () => {
  it.each(cases)('tells the time left within a quarter after a fifth of the time: $title', each => {
    const reports = simulate(each);
    const judged = reports.filter(({ share, left }) => share >= 0.2 && left > 0.5);
    expect(judged.length).toBeGreaterThan(5);
    for (const { eta, left, share } of judged) {
      expect(eta, `at ${Math.round(share * 100)} %`).toBeGreaterThan(left * 0.75);
      expect(eta, `at ${Math.round(share * 100)} %`).toBeLessThan(left * 1.25);
    }
  });

  it.each(cases)('never goes back, and ends at all: $title', each => {
    const done = simulate(each).map(report => report.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(each.tables.reduce((sum, { bytes }) => sum + bytes, 0));
  });
});
