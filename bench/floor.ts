import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverCpuSeconds } from './processes.js';
import type { BenchServer } from './servers.js';

/** The first pass warms caches and files. */
const passes = 2;

/**
 * The servers' CPU seconds for the bare work and nothing else, as many sessions beside each other as there are cores:
 * each table's COPY out into its COPY in (binary, FREEZE, through a pipe: no file is written between), each index, each
 * foreign key; divided by the cores. The best of two passes. Nothing that moves these rows can be faster.
 */
export async function floorSeconds(source: BenchServer, target: BenchServer, database: string): Promise<number> {
  const list = async (text: string): Promise<readonly string[]> => ((await source.sql(database, text)).rows as { s: string }[]).map(({ s }) => s);
  const work: Work = {
    schema: await list("select format('create table %I (%s)', c.relname, (select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped)) as s from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace order by pg_table_size(c.oid) desc, relname"),
    storage: await list("select format('alter table %s alter %I set storage external', c.oid::regclass, attname) as s from pg_attribute a join pg_class c on c.oid = attrelid where relkind = 'r' and relnamespace = 'public'::regnamespace and attnum > 0 and not attisdropped and attstorage = 'e'"),
    tables: await list("select format('%I', relname) as s from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace order by pg_table_size(c.oid) desc, relname"),
    indexes: await list("select replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as s from pg_index i join pg_class c on c.oid = i.indrelid where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by pg_relation_size(i.indexrelid) desc"),
    foreignKeys: await list("select format('alter table %s add %s', conrelid::regclass, pg_get_constraintdef(oid)) as s from pg_constraint where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace"),
  };
  const found: number[] = [];
  for (let pass = 1; pass <= passes; pass++) found.push(await once(source, target, database, work));
  return Math.min(...found);
}

interface Work {
  readonly schema: readonly string[];
  readonly storage: readonly string[];
  readonly tables: readonly string[];
  readonly indexes: readonly string[];
  readonly foreignKeys: readonly string[];
}

async function once(source: BenchServer, target: BenchServer, database: string, work: Work): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-floor-'));
  chmodSync(folder, 0o777);
  const cpu = (): number => serverCpuSeconds(source.postmaster) + serverCpuSeconds(target.postmaster);
  try {
    await target.sql('postgres', `create database ${database}`);
    for (const statement of [...work.schema, ...work.storage]) await target.sql(database, statement);
    for (const server of [source, target]) await server.sql('postgres', 'checkpoint');
    const before = cpu();
    // Out and in work at the same time: half as many pairs as cores.
    await beside(Math.max(1, Math.floor(availableParallelism() / 2)), work.tables, (take, worker) =>
      source.session(database, out =>
        target.session(database, async into => {
          const pipe = join(folder, `pipe-${worker}`);
          execFileSync('mkfifo', [pipe]);
          chmodSync(pipe, 0o666);
          for (let table = take(); table !== undefined; table = take()) {
            await Promise.all([out(`copy ${table} to '${pipe}' (format binary)`), into(`begin; truncate ${table}; copy ${table} from '${pipe}' (format binary, freeze); commit`)]);
          }
        }),
      ),
    );
    const run = (statements: readonly string[]): Promise<void> =>
      beside(availableParallelism(), statements, take =>
        target.session(database, async into => {
          await into("set maintenance_work_mem = '512MB'");
          for (let statement = take(); statement !== undefined; statement = take()) await into(statement);
        }),
      );
    await run(work.indexes);
    await run(work.foreignKeys);
    return (cpu() - before) / availableParallelism();
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await target.sql('postgres', `drop database if exists ${database} with (force)`);
  }
}

async function beside(workers: number, list: readonly string[], use: (take: () => string | undefined, worker: number) => Promise<void>): Promise<void> {
  const left = [...list];
  await Promise.all(Array.from({ length: workers }, (_, worker) => use(() => left.shift(), worker)));
}
