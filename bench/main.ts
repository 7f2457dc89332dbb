import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { contenders } from './contenders.js';
import { dataSets, type DataSet } from './data-sets.js';
import { sidesEqual } from './equal.js';
import { meanFloor, measureFloors, type Floor } from './floor.js';
import { profile } from './profile.js';
import { serverCpuSeconds } from './processes.js';
import { table, type Result } from './report.js';
import { settings, startServer, type BenchServer } from './servers.js';

const { values } = parseArgs({
  options: {
    sets: { type: 'string', default: dataSets.map(({ name }) => name).join(',') },
    scale: { type: 'string', default: '0.1' },
    runs: { type: 'string', default: '1' },
    only: { type: 'string' },
    growth: { type: 'string' },
    profile: { type: 'boolean', default: false },
  },
});
const scale = Number(values.scale);
const runs = Number(values.runs);
const wanted = values.sets.split(',');
const only = values.only?.split(',');
const chosen = contenders.filter(({ name }) =>
  values.growth === undefined ? only === undefined || only.includes(name) : name === 'pgm',
);

/** Measured before and after each of its runs. */
const comparedWithFloor = 'pgm';

const source = await startServer('source');
const target = await startServer('target');
const results: Result[] = [];
try {
  const version = (await source.sql('postgres', 'show server_version')).rows[0] as { server_version: string };
  console.log(
    `PostgreSQL ${version.server_version} on both sides, ${availableParallelism()} cores ` +
      `for all; scale ${scale}, ${runs} run${runs === 1 ? '' : 's'}`,
  );
  console.log(
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}`)
      .join(', '),
  );
  for (const set of dataSets.filter(({ name }) => wanted.includes(name))) {
    if (values.growth === undefined) results.push(...(await runSet(set, scale)));
    else await grow(set, values.growth.split(',').map(Number));
  }
} finally {
  source.stop();
  target.stop();
}
const isMeasured = !values.profile && values.growth === undefined;
if (isMeasured) mkdirSync('bench/results', { recursive: true });
if (isMeasured)
  writeFileSync('bench/results/latest.json', `${JSON.stringify({ scale, runs, settings, results }, null, 2)}\n`);

/** The same data set at several sizes: linear when each size takes as many times longer as it is larger. */
async function grow(set: DataSet, factors: readonly number[]): Promise<void> {
  const walls: { readonly factor: number; readonly wall: number }[] = [];
  for (const factor of factors)
    for (const { wall } of (await runSet(set, scale * factor)).slice(0, 1)) walls.push({ factor, wall });
  const [first] = walls;
  if (first === undefined) return;
  console.log(
    `\n${set.name}, ` +
      `growth: ${walls.map(({ factor, wall }) => `${factor / first.factor} times the data in ${(wall / first.wall).toFixed(2)} times the time (${wall.toFixed(1)} s)`).join('; ')}`,
  );
}

async function runSet(set: DataSet, scale: number): Promise<readonly Result[]> {
  const databases = set.databases(scale);
  for (const database of databases) await source.sql('postgres', `create database ${database}`);
  await set.fill(source, scale);
  for (const database of databases) await source.sql(database, 'vacuum analyze');
  if (values.profile) {
    await empty(databases);
    console.log(
      `\n${set.name}: ${await profile(source, target, databases, only?.includes('pgm continuous') === true ? 'continuous' : 'dump')}`,
    );
    await dropAll(databases);
    return [];
  }
  const bytes = await size(source, databases);
  const floors: Floor[] = [];
  const measureFloor = async (): Promise<void> => void floors.push(await measureFloors(source, target, databases));
  const withFloors = values.growth === undefined && chosen.some(({ name }) => name === comparedWithFloor);
  if (withFloors) await measureFloors(source, target, databases);
  const found: Omit<Result, 'floor'>[] = [];
  for (let run = 1; run <= runs; run++) {
    for (const contender of chosen) {
      const reason = set.without[contender.name];
      if (reason !== undefined) {
        if (run === 1) console.log(`${set.name}: without ${contender.name}: ${reason}`);
        continue;
      }
      const isCompared = withFloors && contender.name === comparedWithFloor;
      if (isCompared) await measureFloor();
      await empty(databases);
      const before = cpu();
      const measured = await contender.run(source, target, databases);
      const serverCpu = cpu() - before;
      const equal = measured.code === 0 && (await sidesEqual(source, target, databases));
      if (measured.code !== 0)
        console.error(
          `${set.name}: ${contender.name} ended with ${String(measured.code)}: ${measured.stderr.slice(-500)}`,
        );
      found.push({
        set: set.name,
        contender: contender.name,
        run,
        wall: measured.wall,
        cpu: measured.cpu,
        memory: measured.memory,
        serverCpu,
        bytes,
        equal,
      });
      if (!isCompared) continue;
      await empty(databases);
      await measureFloor();
    }
  }
  await dropAll(databases);
  const floor = meanFloor(floors);
  const complete = found.map(result => ({ ...result, floor }));
  console.log(`\n${table(set.name, bytes, floor, complete)}`);
  return complete;
}

function cpu(): number {
  return serverCpuSeconds(source.postmaster) + serverCpuSeconds(target.postmaster);
}

async function empty(databases: readonly string[]): Promise<void> {
  for (const database of databases) await target.sql('postgres', `drop database if exists ${database} with (force)`);
  for (const server of [source, target]) await server.sql('postgres', 'checkpoint');
}

async function dropAll(databases: readonly string[]): Promise<void> {
  await empty(databases);
  for (const database of databases) await source.sql('postgres', `drop database ${database} with (force)`);
}

async function size(server: BenchServer, databases: readonly string[]): Promise<number> {
  const { rows } = await server.sql(
    'postgres',
    'select sum(pg_database_size(datname))::float8 as bytes from pg_database where ' +
      `datname in (${databases.map(name => `'${name}'`).join(', ')})`,
  );
  return (rows[0] as { bytes: number }).bytes;
}
