import { describe, expect, it } from 'vitest';
import type { ApplyEvent } from '../../src/apply/events.js';
import { sql } from '../support/servers.js';
import { waitUntil } from '../support/wait.js';
import { eachFault, longFault } from './each-fault.js';
import { tail, useFaults } from './migration.js';

const { servers, workspace, begin, proxy } = useFaults();

const inCopy = (event: ApplyEvent): boolean =>
  event.type === 'step_progress' && event.step.includes('/copy/') && (event.progress.bytes?.done ?? 0) > 1_000_000;

async function sessionsOfRun(): Promise<number> {
  const counts = await Promise.all(
    [servers.source, servers.target].map(server =>
      sql<{ pid: number }>(
        server,
        'postgres',
        "select pid from pg_stat_activity where application_name like 'pgm: faults/%'",
      ),
    ),
  );
  return counts.flat().length;
}

interface Ending {
  readonly name: string;
  readonly signals: readonly NodeJS.Signals[];
  readonly code: number;
}

const endings: readonly Ending[] = [
  { name: 'SIGTERM in the copy', signals: ['SIGTERM'], code: 143 },
  { name: 'Ctrl-C in the copy', signals: ['SIGINT'], code: 130 },
  { name: 'Ctrl-C twice in the copy', signals: ['SIGINT', 'SIGINT'], code: 130 },
  { name: 'SIGHUP in the copy', signals: ['SIGHUP'], code: 129 },
];

describe('asked to end', () => {
  eachFault(endings, ['SIGTERM', 'Ctrl-C twice'])('$name', { timeout: 180_000 }, async ({ name, signals, code }) => {
    const source = await proxy('source');
    source.throttle(1_000_000);
    const migration = await begin('ended', { ports: { source: source.port } });
    let sent = 0;
    const result = await migration.start((event, { process }) => {
      if (sent > 0 || !inCopy(event)) return;
      sent = performance.now();
      for (const signal of signals) process.kill(signal);
    }).result;
    const seconds = (performance.now() - sent) / 1000;
    expect(sent, tail(result)).toBeGreaterThan(0);
    expect({ code: result.code, signal: result.signal }, tail(result)).toEqual({ code, signal: null });
    expect(seconds).toBeLessThan(10);
    await waitUntil('no session is left', async () => (await sessionsOfRun()) === 0, 10_000);
    if (signals.length === 1) {
      expect(
        migration.events.find(event => event.type === 'summary'),
        tail(result),
      ).toMatchObject({ result: 'interrupted' });
      const ended = migration.events.flatMap(event => (event.type === 'step_failed' ? [event.error.message] : []));
      expect(ended.length, tail(result)).toBeGreaterThan(0);
      expect(new Set(ended)).toEqual(new Set(['interrupted']));
      const status = await workspace.pgm('status', migration.spec, '--json');
      expect(JSON.parse(status.stdout), status.stderr).toMatchObject({ state: 'copying' });
    }
    source.heal();
    await migration.toTheEnd(name, 1);
    await migration.finish();
  });

  longFault('before the constraints', { timeout: 180_000 }, async () => {
    const migration = await begin('ended');
    let sent = 0;
    const result = await migration.start((event, { process }) => {
      if (sent > 0 || event.type !== 'step_start' || event.kind !== 'constraints') return;
      sent = performance.now();
      process.kill('SIGTERM');
    }).result;
    expect(result.code, tail(result)).toBe(143);
    expect((performance.now() - sent) / 1000).toBeLessThan(10);
    await migration.toTheEnd('SIGTERM before the constraints', 1);
    await migration.finish();
  });

  it('its output is closed', { timeout: 180_000 }, async () => {
    const migration = await begin('ended');
    let closed = false;
    const result = await migration.start((event, { process }) => {
      if (closed || event.type !== 'step_start' || event.kind !== 'copy') return;
      closed = true;
      process.stdout?.destroy();
    }).result;
    expect(result.stderr).not.toMatch(/EPIPE|at .*\.js:\d+/);
    await migration.toTheEnd('stdout closed', 1);
    await migration.finish();
  });
});
