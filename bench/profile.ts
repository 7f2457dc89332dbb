import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { pgmSpec } from './contenders.js';
import { measure, processCpuSeconds, serverCpuSeconds } from './processes.js';
import type { BenchServer } from './servers.js';

/** What `pgm apply --json` tells of, as far as it is looked at here. */
interface Told {
  readonly type: string;
  readonly step?: string;
  readonly kind?: string;
  /** Seconds since the command was started. */
  readonly at: number;
}

/** CPU seconds used until a moment. */
interface Sample {
  readonly at: number;
  readonly source: number;
  readonly target: number;
  /** pgm, with pg_dump and pg_restore. */
  readonly pgm: number;
}

const sampleEvery = 50;
const slices = 16;

/**
 * Runs pgm once and tells where its time went: when each kind of step ran, who used the processors meanwhile, and what
 * its sessions on the target waited for.
 */
export async function profile(
  source: BenchServer,
  target: BenchServer,
  databases: readonly string[],
  method: 'dump' | 'continuous',
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-profile-'));
  const watch = new pg.Client({ connectionString: target.url('postgres') });
  await watch.connect();
  try {
    writeFileSync(join(folder, 'pgm.yaml'), pgmSpec(source, target, databases, method));
    const told: Told[] = [];
    const samples: Sample[] = [];
    const waits = new Map<string, number>();
    const began = performance.now();
    const since = (): number => (performance.now() - began) / 1000;
    const from = { source: serverCpuSeconds(source.postmaster), target: serverCpuSeconds(target.postmaster) };
    const child = spawn(process.execPath, [resolve('bin/pgm.js'), 'apply', '--auto-approve', '--json'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    createInterface(child.stdout).on('line', line => {
      const { type, step, kind } = JSON.parse(line) as Told;
      if (type !== 'step_progress')
        told.push({
          type,
          ...(step === undefined ? {} : { step }),
          ...(kind === undefined ? {} : { kind }),
          at: since(),
        });
    });
    let asking = false;
    const sampling = setInterval(() => {
      samples.push({
        at: since(),
        source: serverCpuSeconds(source.postmaster) - from.source,
        target: serverCpuSeconds(target.postmaster) - from.target,
        pgm: child.pid === undefined ? 0 : processCpuSeconds(child.pid),
      });
      if (asking) return;
      asking = true;
      void watch
        .query(waitsSql)
        .then(({ rows }) => {
          for (const { wait } of rows as { wait: string }[]) waits.set(wait, (waits.get(wait) ?? 0) + 1);
        })
        // Cut off when the run is over.
        .catch(() => undefined)
        .finally(() => (asking = false));
    }, sampleEvery);
    const code = await new Promise<number | null>(settle => child.on('close', settle));
    clearInterval(sampling);
    const wall = since();
    if (method === 'continuous')
      await measure(process.execPath, [resolve('bin/pgm.js'), 'destroy', '--auto-approve'], { cwd: folder });
    if (code !== 0) return `pgm ended with ${String(code)}`;
    return [
      ...summary(wall, samples),
      '',
      ...phases(told, wall),
      '',
      ...timeline(told, samples, wall),
      '',
      ...waited(waits),
    ].join('\n');
  } finally {
    await watch.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What pgm's sessions do at a moment; without a wait they work. */
const waitsSql = `
select case when state = 'active' then coalesce(wait_event_type || ' ' || wait_event, 'works') else 'waits for pgm (' || state || ')' end as wait
from pg_stat_activity
where application_name like 'pgm:%'`;

const seconds = (value: number): string => value.toFixed(2).padStart(7);

function summary(wall: number, samples: readonly Sample[]): readonly string[] {
  const last = samples.at(-1) ?? { source: 0, target: 0, pgm: 0 };
  const cores = availableParallelism();
  const used = last.source + last.target + last.pgm;
  return [
    `wall ${wall.toFixed(2)} s; CPU seconds: source ${last.source.toFixed(2)}, ` +
      `target ${last.target.toFixed(2)}, pgm with pg_dump and pg_restore ${last.pgm.toFixed(2)}; ` +
      `of ${cores} cores ${Math.round((100 * used) / (wall * cores))} % were used by them`,
  ];
}

interface Span {
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

/** From the command's start to its first word, to the plan, then the steps. */
function spans(told: readonly Told[], wall: number): readonly Span[] {
  const moment = (type: string): number => told.find(event => event.type === type)?.at ?? 0;
  const steps = told
    .filter(({ type }) => type === 'step_start')
    .map(({ step, kind = '', at }): Span => ({
      kind,
      from: at,
      to: told.find(event => event.type === 'step_done' && event.step === step)?.at ?? wall,
    }));
  const end = Math.max(...steps.map(({ to }) => to));
  return [
    { kind: '(start)', from: 0, to: moment('version') },
    { kind: '(look, plan)', from: moment('version'), to: moment('plan') },
    { kind: '(begin)', from: moment('plan'), to: Math.min(...steps.map(({ from }) => from)) },
    ...steps,
    { kind: '(end)', from: end, to: wall },
  ];
}

function phases(told: readonly Told[], wall: number): readonly string[] {
  const all = spans(told, wall);
  return [
    `${'step'.padEnd(18)} ${'count'.padStart(5)} ${'from'.padStart(7)} ${'to'.padStart(7)} ${'sum'.padStart(7)}   ` +
      '(seconds)',
    ...[...new Set(all.map(({ kind }) => kind))].map(kind => {
      const of = all.filter(span => span.kind === kind);
      return `${kind.padEnd(18)} ${String(of.length).padStart(5)} ${seconds(Math.min(...of.map(({ from }) => from)))} ${seconds(Math.max(...of.map(({ to }) => to)))} ${seconds(of.reduce((sum, { from, to }) => sum + to - from, 0))}`;
    }),
  ];
}

function timeline(told: readonly Told[], samples: readonly Sample[], wall: number): readonly string[] {
  const all = spans(told, wall);
  const at = (time: number): Sample =>
    samples.findLast(sample => sample.at <= time) ?? { at: 0, source: 0, target: 0, pgm: 0 };
  return [
    `${'from'.padStart(7)} ${'source'.padStart(7)} ${'target'.padStart(7)} ${'pgm'.padStart(7)}   (cores in use)`,
    ...Array.from({ length: slices }, (_, index) => {
      const [from, to] = [(wall * index) / slices, (wall * (index + 1)) / slices];
      const [before, after] = [at(from), at(to)];
      const cores = (of: 'source' | 'target' | 'pgm'): string =>
        seconds(Math.max(0, after[of] - before[of]) / Math.max(0.001, after.at - before.at));
      const running = [...new Set(all.filter(span => span.from < to && span.to > from).map(({ kind }) => kind))];
      return `${seconds(from)} ${cores('source')} ${cores('target')} ${cores('pgm')}   ${running.join(' ')}`;
    }),
  ];
}

function waited(waits: ReadonlyMap<string, number>): readonly string[] {
  const total = [...waits.values()].reduce((sum, count) => sum + count, 0);
  const most = [...waits].sort(([, a], [, b]) => b - a).slice(0, 8);
  return [
    'what pgm’s sessions on the target did',
    ...most.map(([wait, count]) => `${`${Math.round((100 * count) / total)} %`.padStart(6)} ${wait}`),
  ];
}
