import { describe, expect, it } from 'vitest';
import { buildReport, type LiveServer, type ReportInput } from '../../src/apply/build-report.js';
import { renderReportHtml } from '../../src/render/report-html.js';
import { renderReport } from '../../src/render/report-text.js';
import { timeAxis } from '../../src/render/report-charts.js';
import type { Lockfile, RecordedKind, RecordOf, StepRecord } from '../../src/state/lockfile.js';
import { historyOf, lagSamples, recordInventory, RunHistory } from '../../src/state/history.js';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();
const done = <Kind extends RecordedKind>(
  kind: Kind,
  from: number,
  to: number,
  record: RecordOf<Kind> | null = null,
  database = 'app',
): StepRecord =>
  ({ kind, database, status: 'done', started_at: at(from), finished_at: at(to), record, error: null }) as StepRecord;

function lockfile(fields: Partial<Lockfile> = {}): Lockfile {
  return {
    format_version: 2,
    pgm_version: '0.1.0',
    name: 'shop',
    lineage: 'l',
    serial: 1,
    source: { version: '14.1', system_identifier: '1' },
    target: { version: '18.1', system_identifier: '2' },
    spec_sha256: 's',
    method: 'continuous',
    reached: 'cutover',
    goal_by_flag: null,
    stopped: false,
    steps: {},
    settings: {},
    cutover: null,
    updated_at: at(0),
    ...fields,
  };
}

const inventory = { tables: 1, bytes: 1, index_bytes: 1, tables_left_out: 0, names_left_out: [] };
const silent: LiveServer = { address: 'h:1', message: null, databases: new Map() };

function report(file: Lockfile): ReturnType<typeof buildReport> {
  const input: ReportInput = {
    lockfile: file,
    goal: 'cutover',
    pgmVersion: '0.1.0',
    at: at(9_000),
    source: silent,
    target: silent,
    verification: null,
  };
  return buildReport(input);
}

const app = recordInventory({ databases: { app: inventory }, left_out: [], findings: [] });

describe('what is told of the copy', () => {
  it('counts what all runs brought, by the last copy of the database', () => {
    const steps = {
      'app/copy/1': { ...done('copy', 0, 5), status: 'failed', error: 'cut off' } as StepRecord,
      'app/copy/2': done('copy', 10, 14, {
        tables: 1,
        rows: 5,
        bytes: 50,
        whole: { tables: 3, rows: 105, bytes: 1050 },
      }),
    };
    expect(report(app(lockfile({ steps }))).databases[0]?.copied).toEqual({
      tables: 3,
      rows: 105,
      bytes: 1050,
      seconds: 9,
    });
  });

  it('knows nothing of a lockfile of before, and says so without failing', () => {
    const told = report(
      lockfile({ steps: { 'app/copy/1': done('copy', 0, 1, { tables: 1, rows: 5, bytes: 50, whole: null }) } }),
    );
    expect(told.databases).toEqual([]);
    expect(renderReport(told)).toContain('Not compared yet');
    expect(renderReportHtml(told)).toContain('Not compared yet');
  });

  it('adds the lanes of one database, and counts time once that two steps share', () => {
    const steps = {
      'app/copy/1': done('copy', 0, 6, { tables: 1, rows: 5, bytes: 50, whole: null }),
      'app/copy/2': done('copy', 4, 8, { tables: 2, rows: 6, bytes: 60, whole: null }),
    };
    expect(report(app(lockfile({ steps }))).databases[0]?.copied).toEqual({
      tables: 3,
      rows: 11,
      bytes: 110,
      seconds: 8,
    });
  });

  it('does not take another database whose name begins alike for this one', () => {
    const steps = { 'app2/copy/1': done('copy', 0, 6, { tables: 1, rows: 5, bytes: 50, whole: null }, 'app2') };
    expect(report(app(lockfile({ steps }))).databases[0]?.copied).toBeNull();
  });
});

describe('the picture of the time', () => {
  const phases = report(
    lockfile({ steps: { 'app/copy/1': done('copy', 0, 100), 'app/verify': done('verify', 100_000, 100_050) } }),
  ).phases;

  it('leaves out days in which nothing ran', () => {
    const { x, breaks } = timeAxis(phases);
    expect(breaks.map(({ from, to }) => (to - from) / 1000)).toEqual([99_900]);
    expect(x(Date.parse(at(100))) / x(Date.parse(at(50)))).toBeCloseTo(2);
    expect(x(Date.parse(at(100_050)))).toBeCloseTo(1000);
  });
});

describe('the lag of a run', () => {
  it('is one short line however long it ran, and keeps the highest', () => {
    let now = Date.UTC(2026, 0, 1);
    const run = new RunHistory(() => now);
    for (let second = 0; second < 100_000; second++) {
      run.sampleLag(second === 77_777 ? 9e9 : second % 7);
      now += 1000;
    }
    const kept = run.keep(lockfile());
    expect(run.keep(kept)).toEqual(kept);
    expect(historyOf(kept).lag).toHaveLength(1);
    expect(historyOf(kept).lag[0]?.samples.length).toBeLessThan(1000);
    const samples = lagSamples(historyOf(kept));
    expect(samples.length).toBeLessThanOrEqual(60);
    expect(Math.max(...samples.map(({ bytes }) => bytes))).toBe(9e9);
    expect(samples.map(({ at: when }) => when)).toEqual(samples.map(({ at: when }) => when).toSorted());
  });

  it('keeps each warning once, over all runs', () => {
    const [first, second] = [new RunHistory(() => 1), new RunHistory(() => 2)];
    for (const run of [first, second]) for (const message of ['a', 'b', 'a']) run.note(message);
    expect(historyOf(second.keep(first.keep(lockfile()))).notes.map(({ message }) => message)).toEqual(['a', 'b']);
  });
});

describe('the verdict', () => {
  const compared = (not_compared: number): ReturnType<typeof buildReport> =>
    report(
      lockfile({
        steps: {
          'app/verify': done('verify', 1, 2, { depth: 'full', tables: 3, rows: 9, methods: { keys: 3 } }),
        },
        cutover: {
          state: 'finished',
          event: 'cutover',
          write_stop_ms: 40,
          parts: {},
          finished_at: at(3),
          compared: { tables: 1, rows: 3, not_compared },
          block: [],
        },
      }),
    );

  it.each([
    [0, 'good'],
    [2, 'warn'],
  ] as const)('with %i changed tables not compared again is %s', (notCompared, tone) => {
    expect(compared(notCompared).equal).toBe(true);
    expect(renderReportHtml(compared(notCompared))).toContain(`class="verdict ${tone}"`);
  });
});
