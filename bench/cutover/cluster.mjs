// Two servers with what the clients write to, and pgm in their folder.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, sql, start } from '../throwaway-servers.mjs';

const settings = {
  wal_level: 'logical',
  max_replication_slots: 40,
  max_wal_senders: 40,
  max_worker_processes: 40,
  max_logical_replication_workers: 24,
  max_connections: 200,
  wal_retrieve_retry_interval: '200ms',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
};

export const startServers = () => Promise.all([14, 18].map(major => start(major, settings)));

const tpcb = scale => `
  create table branch (id int primary key, balance int not null default 0);
  create table teller (id int primary key, branch int, balance int not null default 0);
  create table account (id int primary key, branch int, balance int not null default 0, filler char(84) not null default '');
  create table history (id bigint primary key, teller int, branch int, account int, delta int, at timestamptz default now());
  insert into branch select n from generate_series(1, ${scale}) n;
  insert into teller select n, n % ${scale} + 1 from generate_series(1, ${scale} * 10) n;
  insert into account select n, n % ${scale} + 1 from generate_series(1, ${scale} * 100000) n;
  create sequence ticket;`;
const many =
  `do $$ begin for n in 1..1000 loop execute format('create table t%s (id serial primary key, name text)', ` +
  `n); execute format('insert into t%s (name) values (1)', n); end loop; end $$;`;

/** The scenario's databases. */
export async function fill(server, scenario, scale) {
  const databases = scenario === 'databases' ? Array.from({ length: 10 }, (_, index) => `shop${index}`) : ['shop'];
  for (const database of databases) {
    await sql(server, 'postgres', `create database ${database}`);
    await sql(server, database, `${tpcb(scale)}${scenario === 'tables' ? many : ''}`);
  }
  return databases;
}

/** @param cutover more of the spec's section `cutover` */
export function writeSpec([source, target], cutover = '') {
  const url = server => `postgres://postgres@127.0.0.1:${server.port}/postgres`;
  writeFileSync(
    join(folder, 'pgm.yaml'),
    `version: 1\nname: bench\nsource: {connection: "${url(source)}"}\ntarget: ` +
      `{connection: "${url(target)}"}\nmethod: continuous\ndatabases: {exclude: ` +
      `[postgres]}\ncutover:\n  failback: true\n  watch: 0s\n${cutover}goal: synced\n`,
  );
}

export function pgm(...parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/pgm.js'), ...parameters], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', text => (words += text));
    child.on('exit', code =>
      code === 0 ? resolve(words) : reject(new Error(`pgm ${parameters.join(' ')} ended with ${code}: ${words}`)),
    );
  });
}

/** Of the last switch: milliseconds, and by part. */
export function lastSwitch() {
  const { cutover } = JSON.parse(readFileSync(join(folder, 'pgm.lock.json'), 'utf8'));
  return { reported: cutover.write_stop_ms, parts: cutover.parts };
}
