// A full `pgm verify` against what `pgcopydb compare data` does, on data set *mixed*:
// `npm run bench:verify -- [--scale 0.25] [--runs 3]`. Then one byte is changed, which has to be found and named.
// Writes bench/results/verify.json.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { compareData } from './compare-data.js';
import { dataSets } from './data-sets.js';
import { measure, serverCpuSeconds, type Measured } from './processes.js';
import { median } from './report.js';
import { settings, startServer } from './servers.js';

const { values } = parseArgs({
  options: { scale: { type: 'string', default: '0.25' }, runs: { type: 'string', default: '3' } },
});
const scale = Number(values.scale);
const runs = Number(values.runs);
/** Of the peer's time; bytes of pgm's own memory. */
const limits = { ratio: 0.65, memory: 150e6 };
const database = 'mixed';
const mixed = dataSets.find(({ name }) => name === database);
if (mixed === undefined) throw new Error('no data set mixed');

interface Verified {
  readonly equal: boolean;
  readonly databases: readonly {
    readonly tables: readonly {
      readonly schema: string;
      readonly table: string;
      readonly rows_source: number;
      readonly differing_rows: readonly { readonly key: Readonly<Record<string, string>> | null }[];
    }[];
  }[];
}

const source = await startServer('source');
const target = await startServer('target');
const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-verify-'));
const pgm = (...argv: string[]): Promise<Measured> =>
  measure(process.execPath, [resolve('bin/pgm.js'), ...argv], { cwd: folder });
const cpu = (): number => serverCpuSeconds(source.postmaster) + serverCpuSeconds(target.postmaster);
const check = (holds: boolean, what: string): void => {
  console.log(`${holds ? 'holds' : 'FAILS'}: ${what}`);
  if (!holds) process.exitCode = 1;
};

try {
  await source.sql('postgres', `create database ${database}`);
  await mixed.fill(source, scale);
  writeFileSync(
    join(folder, 'pgm.yaml'),
    `version: 1\nname: bench\nsource: {connection: ${JSON.stringify(source.url('postgres'))}}\ntarget: ` +
      `{connection: ${JSON.stringify(target.url('postgres'))}}\nmethod: dump\ndatabases: {include: ` +
      `[${database}]}\n`,
  );
  const applied = await pgm('apply', '--auto-approve');
  if (applied.code !== 0) throw new Error(applied.stderr);
  // Neither may pay for hint bits and dirty pages of the load.
  for (const server of [source, target]) {
    await server.sql(database, 'vacuum analyze');
    await server.sql('postgres', 'checkpoint');
  }
  const { rows: sizes } = await source.sql(database, `select pg_database_size('${database}')::float8 as bytes`);
  const bytes = (sizes[0] as { bytes: number }).bytes;

  const ours: { wall: number; memory: number; cpu: number; serverCpu: number }[] = [];
  const peers = new Map<number, { wall: number; serverCpu: number }[]>([
    [4, []],
    [2, []],
  ]);
  let rows = 0;
  for (let run = 0; run < runs; run++) {
    for (const [jobs, walls] of peers) {
      const before = cpu();
      const { wall, different, rows: counted } = await compareData(source, target, database, jobs);
      if (different.length > 0) throw new Error(`the peer finds ${different.join(', ')} different`);
      rows = counted;
      walls.push({ wall, serverCpu: cpu() - before });
    }
    const before = cpu();
    const verified = await pgm('verify', '--json');
    if (verified.code !== 0) throw new Error(`pgm verify ended with ${String(verified.code)}: ${verified.stderr}`);
    ours.push({ wall: verified.wall, memory: verified.memory, cpu: verified.cpu, serverCpu: cpu() - before });
  }
  const wall = median(ours.map(each => each.wall));
  const memory = Math.max(...ours.map(each => each.memory));
  console.log(`mixed, scale ${scale}: ${Math.round(bytes / 1e6)} MB, ${rows} rows, ${runs} runs in turn; medians`);
  console.log(
    `pgm verify: ${wall.toFixed(2)} s, servers' CPU ${median(ours.map(each => each.serverCpu)).toFixed(2)} ` +
      `s, own CPU ${median(ours.map(each => each.cpu)).toFixed(2)} s, ${Math.round(memory / 1e6)} MB`,
  );
  const ratios: Record<string, number> = {};
  for (const [jobs, all] of peers) {
    const theirs = median(all.map(each => each.wall));
    ratios[`${jobs} jobs`] = Math.round((wall / theirs) * 100) / 100;
    console.log(
      `compare data, ${jobs} jobs${jobs === 4 ? ' (its default)' : ''}: ${theirs.toFixed(2)} s, servers' ` +
        `CPU ${median(all.map(each => each.serverCpu)).toFixed(2)} s; pgm / it ${(wall / theirs).toFixed(2)}`,
    );
  }
  const worst = Math.max(...Object.values(ratios));
  check(worst <= limits.ratio, `pgm takes ${worst} of the faster of the two (asked: ${limits.ratio})`);
  check(memory < limits.memory, `pgm takes ${Math.round(memory / 1e6)} MB (asked: less than ${limits.memory / 1e6})`);

  const key = Math.round(8_000_000 * scale * 0.7);
  await target.sql(database, `update orders set note = overlay(note placing 'X' from 20 for 1) where id = ${key}`);
  const found = await pgm('verify', '--json');
  const report = JSON.parse(found.stdout) as Verified;
  const differing = report.databases.flatMap(({ tables }) =>
    tables.flatMap(table => table.differing_rows.map(row => `${table.table} ${JSON.stringify(row.key)}`)),
  );
  check(
    found.code === 9 && differing.length === 1 && differing[0]?.includes(String(key)) === true,
    `one changed byte is found and named in ${found.wall.toFixed(2)} s: ${differing.join('; ')}`,
  );

  mkdirSync('bench/results', { recursive: true });
  writeFileSync(
    'bench/results/verify.json',
    `${JSON.stringify({ scale, runs, bytes, rows, settings, limits, ratios, memory, pgm: ours, peer: Object.fromEntries(peers), changed: { key, found: differing, wall: found.wall } }, null, 2)}\n`,
  );
} finally {
  source.stop();
  target.stop();
  rmSync(folder, { recursive: true, force: true });
}
