import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverCpuSeconds } from './processes.js';
import type { BenchServer } from './servers.js';

export interface Floor {
  /** The servers' CPU seconds, divided by the cores: nothing that moves these rows can be faster. */
  readonly cpu: number;
  /** Seconds that it took: what these servers make of it, with their waits for WAL, files and each other. */
  readonly wall: number;
}

/** Ways to copy: whole tables with FREEZE, or a large one's ranges beside each other. */
const ways = [
  { ranges: 1, pairs: Math.max(1, Math.floor(availableParallelism() / 2)) },
  { ranges: 3, pairs: 3 },
] as const;

/** Bytes. */
const dividedAbove = 64 * 1024 * 1024;

/** Of several databases: one after another. The first time of all also warms caches and files. */
export async function measureFloors(
  source: BenchServer,
  target: BenchServer,
  databases: readonly string[],
): Promise<Floor> {
  const sum = { cpu: 0, wall: 0 };
  for (const database of databases) {
    const { cpu, wall } = await measureFloor(source, target, database);
    sum.cpu += cpu;
    sum.wall += wall;
  }
  return sum;
}

/**
 * The bare work and nothing else: each table's COPY out into its COPY in (binary, through a pipe: no file is written
 * between), each index, each foreign key, these in as many sessions as there are cores. The better way of each figure.
 */
async function measureFloor(source: BenchServer, target: BenchServer, database: string): Promise<Floor> {
  const list = async (text: string): Promise<readonly string[]> =>
    ((await source.sql(database, text)).rows as { s: string }[]).map(({ s }) => s);
  const work: Work = {
    schema: await list(
      "select format('create table %I (%s)', c.relname, (select string_agg(format('%I %s', attname, " +
        "format_type(atttypid, atttypmod)), ', ' order by attnum) from pg_attribute where attrelid = c.oid and " +
        "attnum > 0 and not attisdropped)) as s from pg_class c where relkind = 'r' and relnamespace = " +
        "'public'::regnamespace order by pg_table_size(c.oid) desc, relname",
    ),
    storage: await list(
      "select format('alter table %s alter %I set storage external', c.oid::regclass, attname) as s from " +
        "pg_attribute a join pg_class c on c.oid = attrelid where relkind = 'r' and relnamespace = " +
        "'public'::regnamespace and attnum > 0 and not attisdropped and attstorage = 'e'",
    ),
    tables: (
      await source.sql(
        database,
        "select format('%I', relname) as name, pg_table_size(oid)::float8 as bytes, " +
          "(pg_relation_size(oid) / 8192)::float8 as pages from pg_class where relkind = 'r' " +
          "and relnamespace = 'public'::regnamespace order by 2 desc, 1",
      )
    ).rows as Table[],
    indexes: await list(
      "select replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as s from pg_index i " +
        "join pg_class c on c.oid = i.indrelid where c.relkind = 'r' and c.relnamespace = " +
        "'public'::regnamespace order by pg_relation_size(i.indexrelid) desc",
    ),
    foreignKeys: await list(
      "select format('alter table %s add %s', conrelid::regclass, pg_get_constraintdef(oid)) as s from " +
        "pg_constraint where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace",
    ),
  };
  const found: Floor[] = [];
  for (const { ranges, pairs } of ways)
    found.push(
      await once(source, target, database, {
        ...work,
        copies: work.tables.flatMap(table => copiesOf(table, ranges)),
        pairs,
      }),
    );
  return { cpu: Math.min(...found.map(({ cpu }) => cpu)), wall: Math.min(...found.map(({ wall }) => wall)) };
}

function copiesOf({ name, bytes, pages }: Table, ranges: number): readonly Copy[] {
  if (ranges === 1 || bytes < dividedAbove)
    return [
      {
        out: name,
        into: pipe => `begin; truncate ${name}; copy ${name} from '${pipe}' (format binary, freeze); commit`,
      },
    ];
  const page = (range: number): number => Math.floor((pages * range) / ranges);
  return Array.from({ length: ranges }, (_, range) => ({
    out:
      `(select * from ${name} where ctid >= ` +
      `'(${page(range)},0)'${range === ranges - 1 ? '' : ` and ctid < '(${page(range + 1)},0)'`})`,
    into: pipe => `copy ${name} from '${pipe}' (format binary)`,
  }));
}

interface Table {
  readonly name: string;
  readonly bytes: number;
  readonly pages: number;
}

/** One COPY out and one COPY in. */
interface Copy {
  readonly out: string;
  readonly into: (pipe: string) => string;
}

interface Work {
  readonly schema: readonly string[];
  readonly storage: readonly string[];
  readonly tables: readonly Table[];
  readonly indexes: readonly string[];
  readonly foreignKeys: readonly string[];
}

/**
 * A machine is faster at one moment than at another: the mean of what was measured before and after what is compared
 * with it.
 */
export function meanFloor(floors: readonly Floor[]): Floor | null {
  if (floors.length === 0) return null;
  const mean = (figure: (floor: Floor) => number): number =>
    floors.reduce((sum, floor) => sum + figure(floor), 0) / floors.length;
  return { cpu: mean(({ cpu }) => cpu), wall: mean(({ wall }) => wall) };
}

async function once(
  source: BenchServer,
  target: BenchServer,
  database: string,
  work: Work & { readonly copies: readonly Copy[]; readonly pairs: number },
): Promise<Floor> {
  const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-floor-'));
  chmodSync(folder, 0o777);
  const cpu = (): number => serverCpuSeconds(source.postmaster) + serverCpuSeconds(target.postmaster);
  try {
    await target.sql('postgres', `create database ${database}`);
    for (const statement of [...work.schema, ...work.storage]) await target.sql(database, statement);
    for (const server of [source, target]) await server.sql('postgres', 'checkpoint');
    const before = cpu();
    const began = performance.now();
    await beside(work.pairs, work.copies, (take, worker) =>
      source.session(database, out =>
        target.session(database, async into => {
          const pipe = join(folder, `pipe-${worker}`);
          execFileSync('mkfifo', [pipe]);
          chmodSync(pipe, 0o666);
          for (let copy = take(); copy !== undefined; copy = take())
            await Promise.all([out(`copy ${copy.out} to '${pipe}' (format binary)`), into(copy.into(pipe))]);
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
    return { cpu: (cpu() - before) / availableParallelism(), wall: (performance.now() - began) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await target.sql('postgres', `drop database if exists ${database} with (force)`);
  }
}

async function beside<T>(
  workers: number,
  list: readonly T[],
  use: (take: () => T | undefined, worker: number) => Promise<void>,
): Promise<void> {
  const left = [...list];
  await Promise.all(Array.from({ length: workers }, (_, worker) => use(() => left.shift(), worker)));
}
