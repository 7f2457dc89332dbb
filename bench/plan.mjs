// How long a plan takes: `npm run bench:plan -- [--runs 3]`. One database of 20,000 tables, then 100 databases of 100
// tables, each table with a key, a sequence and an index; the target is empty. Prints each run's seconds and peak
// memory.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { folder, sql, start, stop } from './throwaway-servers.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
const settings = {
  wal_level: 'logical',
  max_replication_slots: 120,
  max_wal_senders: 120,
  max_connections: 300,
  max_locks_per_transaction: 1024,
  shared_buffers: '256MB',
  fsync: 'off',
};

const tables = count =>
  `do $$ begin for n in 1..${count} loop execute format('create table t%s (id bigserial primary key, name ` +
  `text, at timestamptz)', n); execute format('create index on t%s (name)', n); end loop; end $$; analyze`;

/** Peak memory of the process itself, in kB, as it says at its end. */
const peak =
  `process.on('exit', () => require('node:fs').writeFileSync(process.env.PEAK, ` +
  'String(process.resourceUsage().maxRSS)))';
writeFileSync(join(folder, 'peak.cjs'), peak);

async function measure(title, databases, each) {
  const [source, target] = await Promise.all([start(14, settings), start(18, settings)]);
  for (let n = 0; n < databases; n++) {
    await sql(source, 'postgres', `create database d${n}`);
    await sql(source, `d${n}`, tables(each));
  }
  writeFileSync(
    join(folder, 'pgm.yaml'),
    'version: 1\nname: bench\nsource: {connection: ' +
      `"postgres://postgres@127.0.0.1:${source.port}/postgres"}\ntarget: {connection: ` +
      `"postgres://postgres@127.0.0.1:${target.port}/postgres"}\ndatabases: {exclude: [postgres]}\n`,
  );
  const figures = [];
  for (let run = 0; run < Number(values.runs); run++) {
    const began = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--require', join(folder, 'peak.cjs'), join(import.meta.dirname, '../bin/pgm.js'), 'plan'],
      { cwd: folder, encoding: 'utf8', env: { ...process.env, PEAK: join(folder, 'peak') } },
    );
    if (status !== 0) throw new Error(`pgm plan ended with ${status}: ${stdout.slice(-2000)}${stderr}`);
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    figures.push(`${seconds} s, ${Math.round(Number(readFileSync(join(folder, 'peak'), 'utf8')) / 1024)} MB`);
  }
  console.log(`${title}: ${figures.join('; ')}`);
  for (const server of [source, target]) stop(server);
}

await measure('one database of 20,000 tables', 1, 20_000);
await measure('100 databases of 100 tables', 100, 100);
