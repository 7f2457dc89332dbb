// How long writes stand still: `npm run bench:cutover -- [pgbench|tables|databases] [--runs 20] [--scale 20] [--clients 8]`.
// Two embedded servers on this machine, clients that write without a pause and follow the switch, there and back again.
// Prints the write stop as pgm reports it and as a client sees it, from the last commit on the old side to the first on
// the new one; and how many acknowledged commits are missing or there twice (must be none).
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createServer, destroyServer, startServer } from '../dist/cli/demo/server.js';
import { findServerBinaries } from '../dist/cli/demo/server-binaries.js';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { runs: { type: 'string', default: '20' }, scale: { type: 'string', default: '20' }, clients: { type: 'string', default: '8' } } });
const [scenario = 'pgbench'] = positionals;
const runs = Number(values.runs);
const scale = Number(values.scale);
const settings = { wal_level: 'logical', max_replication_slots: 40, max_wal_senders: 40, max_worker_processes: 40, max_logical_replication_workers: 24, max_connections: 200, wal_retrieve_retry_interval: '200ms', shared_buffers: '256MB', max_wal_size: '4GB' };

const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-'));
chmodSync(folder, 0o755);
const made = [];
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
// Also when it could not even begin.
process.once('exit', () => {
  for (const server of made) destroyServer(server);
  rmSync(folder, { recursive: true, force: true });
});
const servers = await Promise.all(
  ['source', 'target'].map(async name => {
    const place = mkdtempSync(join(folder, `${name}-`));
    chmodSync(place, 0o755);
    const server = await createServer({ bin: findServerBinaries(name === 'source' ? 14 : 18), folder: place, settings });
    made.push(server);
    await startServer(server);
    return server;
  }),
);
const [source, target] = servers;
const config = (server, database) => ({ host: '127.0.0.1', port: server.port, user: 'postgres', database });

const sql = async (server, database, text) => {
  const client = new pg.Client(config(server, database));
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};

/** Databases and what is in them. */
const databases = scenario === 'databases' ? Array.from({ length: 10 }, (_, index) => `shop${index}`) : ['shop'];
const tpcb = `
  create table branch (id int primary key, balance int not null default 0);
  create table teller (id int primary key, branch int, balance int not null default 0);
  create table account (id int primary key, branch int, balance int not null default 0, filler char(84) not null default '');
  create table history (id bigint primary key, teller int, branch int, account int, delta int, at timestamptz default now());
  insert into branch select n from generate_series(1, ${scale}) n;
  insert into teller select n, n % ${scale} + 1 from generate_series(1, ${scale} * 10) n;
  insert into account select n, n % ${scale} + 1 from generate_series(1, ${scale} * 100000) n;
  create sequence ticket;`;
const many = `do $$ begin for n in 1..1000 loop execute format('create table t%s (id serial primary key, name text)', n); execute format('insert into t%s (name) values (1)', n); end loop; end $$;`;
for (const database of databases) {
  await sql(source, 'postgres', `create database ${database}`);
  await sql(source, database, scenario === 'pgbench' ? tpcb : `${tpcb.replaceAll(String(scale), '1')}${scenario === 'tables' ? many : ''}`);
}
const size = scenario === 'pgbench' ? scale : 1;

writeFileSync(join(folder, 'pgm.yaml'), `version: 1\nname: bench\nsource: {connection: "postgres://postgres@127.0.0.1:${source.port}/postgres"}\ntarget: {connection: "postgres://postgres@127.0.0.1:${target.port}/postgres"}\nmethod: continuous\ndatabases: {exclude: [postgres]}\ncutover: {failback: true}\ngoal: synced\n`);
const pgm = (...parameters) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../bin/pgm.js'), ...parameters], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (words += text));
    child.on('exit', code => (code === 0 ? resolve(words) : reject(new Error(`pgm ${parameters.join(' ')} ended with ${code}: ${words}`))));
  });

let here = source;
/** The side that is being left. */
let leaving = null;
let next = 0;
let stopped = false;
const acknowledged = new Set();
const unknown = new Set();
const commits = new Map(servers.map(server => [server, { first: 0, last: 0, count: 0 }]));
const random = most => 1 + Math.floor(Math.random() * most);

/** A client with a connection to either server, as a pool that knows both would have; it goes over when it is cut off. */
async function session(database) {
  const clients = new Map();
  for (const server of servers) {
    const client = new pg.Client(config(server, database));
    client.on('error', () => undefined);
    // One that was made while its server was shut stays read-only.
    if (server === here || server === target) await client.connect().then(() => clients.set(server, client), () => undefined);
  }
  try {
    for (;;) {
      const at = here;
      const client = clients.get(at);
      if (client === undefined) return;
      try {
        while (!stopped && here === at) await transaction(client, at);
        if (stopped) return;
      } catch {
        if (at === leaving) here = at === source ? target : source;
        else return;
      }
    }
  } finally {
    for (const client of clients.values()) await client.end().catch(() => undefined);
  }
}

async function transaction(client, at) {
  const id = ++next;
  const [account, teller, branch, delta] = [random(size * 100000), random(size * 10), random(size), random(1000)];
  await client.query('begin');
  await client.query(`update account set balance = balance + ${delta} where id = ${account}`);
  await client.query(`update teller set balance = balance + ${delta} where id = ${teller}`);
  await client.query(`update branch set balance = balance + ${delta} where id = ${branch}`);
  await client.query(`insert into history (id, teller, branch, account, delta) values (${id}, ${teller}, ${branch}, ${account}, ${delta}); select nextval('ticket')`);
  unknown.add(id);
  await client.query('commit');
  unknown.delete(id);
  acknowledged.add(id);
  const seen = commits.get(at);
  seen.last = performance.now();
  seen.count++;
  if (seen.first === 0) seen.first = seen.last;
}

const workers = Array.from({ length: Number(values.clients) }, async (_, index) => {
  while (!stopped) {
    await session(databases[index % databases.length]).catch(() => undefined);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
});



const write = text => process.stdout.write(`${text}\n`);
const quantile = (numbers, q) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.ceil(q * numbers.length) - 1)];
const results = { cutover: [], rollback: [] };
try {
  await pgm('apply', '--auto-approve');
  const began = performance.now();
  for (let run = 1; run <= runs; run++) {
    for (const command of ['cutover', 'rollback']) {
      const [old, fresh] = command === 'cutover' ? [source, target] : [target, source];
      Object.assign(commits.get(fresh), { first: 0, last: 0 });
      leaving = old;
      await pgm(command, '--auto-approve');
      here = fresh;
      for (let tries = 0; tries < 400 && commits.get(fresh).first === 0; tries++) await new Promise(resolve => setTimeout(resolve, 25));
      leaving = null;
      const { cutover } = JSON.parse(readFileSync(join(folder, 'pgm.lock.json'), 'utf8'));
      const client = Math.round(commits.get(fresh).first - commits.get(old).last);
      results[command].push({ reported: cutover.write_stop_ms, client });
      write(`${command} ${run}: ${cutover.write_stop_ms} ms reported, ${client} ms for a client; ${JSON.stringify(cutover.parts)}`);
    }
  }
  stopped = true;
  await Promise.all(workers);
  const seconds = (performance.now() - began) / 1000;
  const there = new Map();
  for (const database of databases) for (const { id } of await sql(source, database, 'select id::text from history')) there.set(Number(id), (there.get(Number(id)) ?? 0) + 1);
  const missing = [...acknowledged].filter(id => !there.has(id)).length;
  const doubled = [...there.values()].filter(count => count > 1).length;
  const foreign = [...there.keys()].filter(id => !acknowledged.has(id) && !unknown.has(id)).length;
  for (const [command, all] of Object.entries(results)) {
    for (const figure of ['reported', 'client']) {
      const numbers = all.map(each => each[figure]);
      write(`${command}, ${figure}: median ${quantile(numbers, 0.5)} ms, p95 ${quantile(numbers, 0.95)} ms, most ${quantile(numbers, 1)} ms (${numbers.length} runs)`);
    }
  }
  write(`${acknowledged.size} commits in ${Math.round(seconds)} s: ${missing} missing, ${doubled} doubled, ${foreign} that nobody sent`);
  await pgm('destroy', '--auto-approve');
  process.exitCode = missing + doubled + foreign === 0 ? 0 : 1;
} finally {
  stopped = true;
}
process.exit();
