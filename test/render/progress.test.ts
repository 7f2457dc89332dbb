import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { createLiveArea } from '../../src/render/live-area.js';
import { heartbeatLine, liveLine, showProgress } from '../../src/render/progress.js';
import { displayWidth } from '../../src/render/table.js';
import { screen } from './screen.js';

const at = '2026-08-13T10:00:00.000Z';
const began = Date.parse(at);
const copying = {
  id: 'app/copy/1',
  title: 'copy 4 tables',
  startedAt: began,
  progress: { bytes: { done: 1_181_116_006, total: 2_469_606_195 }, rows: 4_200_000, rate: 220_200_960, eta: 6 },
};

const events: readonly ApplyEvent[] = [
  { type: 'step_start', step: 'app/copy/1', kind: 'copy', title: 'copy 4 tables', database: 'app', at },
  { type: 'step_progress', step: 'app/copy/1', progress: copying.progress, at },
];
const done: ApplyEvent = {
  type: 'step_done',
  step: 'app/copy/1',
  seconds: 12,
  outcome: '4 tables',
  skipped: false,
  at,
};

describe('the line of a running step', () => {
  it('shows share, bytes, rows, rate and time left', () => {
    expect(liveLine(copying, 140, began + 10_000)).toBe(
      '  app/copy/1  ███████████░░░░░░░░░░░░░  47%  1.1 GB of 2.3 GB  4,200,000 rows  210 MB/s  6 s left  10 s',
    );
    expect(heartbeatLine(copying, began + 10_000)).toBe(
      'app/copy/1: 47%, 1.1 GB of 2.3 GB, 4,200,000 rows, 210 MB/s, 6 s left [10 s]',
    );
  });

  it.each([200, 100, 80, 40, 20, 5])('is never wider than %d columns', columns => {
    expect(displayWidth(liveLine({ ...copying, id: '数据库/copy/1' }, columns, began))).toBeLessThanOrEqual(columns);
  });

  it('names whom it waits for', () => {
    const waiting = { ...copying, progress: { waiting_for: 'pid 42 (12 s): update t set x = 1' } };
    expect(heartbeatLine(waiting, began + 5_000)).toBe(
      'app/copy/1: waiting for pid 42 (12 s): update t set x = 1 [5 s]',
    );
  });
});

describe('a live area', () => {
  it('draws over its own lines, keeps printed text above them, and leaves nothing', () => {
    const out = screen();
    const area = createLiveArea(out);
    out.write('before\n');
    area.draw(['one', 'two', 'three']);
    area.draw(['ONE']);
    expect(out.lines()).toEqual(['before', 'ONE']);
    area.print('lasting\n');
    area.draw(['x', 'y']);
    expect(out.lines()).toEqual(['before', 'lasting', 'x', 'y']);
    area.clear();
    expect(out.lines()).toEqual(['before', 'lasting']);
  });
});

describe('progress of an apply', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: began });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is one live line a step on a terminal, redrawn at most ten times a second', () => {
    const out = screen({ columns: 120 });
    const progress = showProgress(out);
    for (const event of events) progress.report(event);
    vi.advanceTimersByTime(1000);
    expect(out.lines()).toEqual([expect.stringMatching(/^ {2}app\/copy\/1 {2}█+░+ {2}47%/) as string]);
    expect(out.written().match(/app\/copy/g)?.length).toBeLessThanOrEqual(10);
    progress.report(done);
    expect(out.lines()).toEqual(['✓ app/copy/1: 4 tables (12 s)']);
    progress.close();
    expect(out.lines()).toEqual(['✓ app/copy/1: 4 tables (12 s)']);
    vi.advanceTimersByTime(1000);
    expect(out.lines()).toHaveLength(1);
  });

  it('is a line at start and end and a heartbeat every ten seconds elsewhere', () => {
    const out = screen({ canRedraw: false });
    const progress = showProgress(out);
    for (const event of events) progress.report(event);
    vi.advanceTimersByTime(20_000);
    progress.report(done);
    progress.close();
    vi.advanceTimersByTime(20_000);
    expect(out.written().split('\n')).toEqual([
      'app/copy/1: copy 4 tables …',
      'app/copy/1: 47%, 1.1 GB of 2.3 GB, 4,200,000 rows, 210 MB/s, 6 s left [10 s]',
      'app/copy/1: 47%, 1.1 GB of 2.3 GB, 4,200,000 rows, 210 MB/s, 6 s left [20 s]',
      '✓ app/copy/1: 4 tables (12 s)',
      '',
    ]);
    expect(out.written()).not.toContain('\u001b');
  });
});
