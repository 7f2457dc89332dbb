import { describe, expect, it } from 'vitest';
import { runDriftChecks } from '../../src/checks/run-checks.js';
import type { FinishedSwitch, Lockfile } from '../../src/state/lockfile.js';
import { switchUnderWay } from '../plan/planning.js';
import { aLockfile } from '../state/a-lockfile.js';
import { ofCode, specFor } from './readiness.js';
import { someFacts } from './some-facts.js';

const spec = specFor({
  source: 'postgres://migrator:x@db.example.com/postgres',
  target: 'postgres://migrator:x@new.example.com/postgres',
});
const block = [{ database: 'app', readOnly: null, connect: [''] }];
const finished: FinishedSwitch = {
  state: 'finished',
  event: 'cutover',
  write_stop_ms: 1,
  parts: {},
  finished_at: '2026-02-01T00:00:00Z',
  block,
};
const shut = (side: 'source' | 'target'): Pick<Lockfile, 'shut'> => ({ shut: { side, block } });

const cases: readonly (readonly [name: string, more: Partial<Lockfile>, found: readonly string[]])[] = [
  ['no switch', {}, []],
  ['a cutover that failed after its hook', shut('target'), ['target: pgm cutover']],
  ['a second cutover that failed so', { cutover: finished, ...shut('target') }, ['target: pgm cutover']],
  ['a side that a finished switch has shut', { cutover: finished, ...shut('source') }, []],
  [
    'a rollback whose cutover shut nothing',
    { cutover: { ...finished, block: [] }, ...shut('source') },
    ['source: pgm rollback'],
  ],
  ['a switch under way', { cutover: switchUnderWay, ...shut('target') }, []],
];

describe('a side that is kept shut', () => {
  it.each(cases)('%s', (_, more, found) => {
    const seen = ofCode(runDriftChecks(spec, someFacts(), aLockfile(more)), 'PGM626');
    expect(seen.map(({ server, remedy }) => `${server}: ${(remedy ?? '').split(/ {3}/)[0] ?? ''}`)).toEqual(found);
  });
});
