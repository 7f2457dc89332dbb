import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { measure, type Measured } from './processes.js';
import type { BenchServer } from './servers.js';

/** Moves databases from source to target; the target has none of them yet. */
export interface Contender {
  readonly name: string;
  run(source: BenchServer, target: BenchServer, databases: readonly string[]): Promise<Measured>;
}

export function pgmSpec(
  source: BenchServer,
  target: BenchServer,
  databases: readonly string[],
  method: 'dump' | 'continuous',
): string {
  const connection = (server: BenchServer): string => JSON.stringify(server.url('postgres'));
  return (
    `version: 1\nname: bench\nsource: {connection: ${connection(source)}}\ntarget: ` +
    `{connection: ${connection(target)}}\nmethod: ${method}\ndatabases: {include: [${databases.join(', ')}]}\n`
  );
}

const pgm = (method: 'dump' | 'continuous'): Contender => ({
  name: method === 'dump' ? 'pgm' : 'pgm continuous',
  run: async (source, target, databases) => {
    const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-run-'));
    try {
      writeFileSync(join(folder, 'pgm.yaml'), pgmSpec(source, target, databases, method));
      const measured = await measure(process.execPath, [resolve('bin/pgm.js'), 'apply', '--auto-approve', '--json'], {
        cwd: folder,
      });
      if (method === 'continuous')
        await measure(process.execPath, [resolve('bin/pgm.js'), 'destroy', '--auto-approve'], { cwd: folder });
      return measured;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

/** One database after another, as it works. */
async function oneByOne(databases: readonly string[], run: (database: string) => Promise<Measured>): Promise<Measured> {
  let sum: Measured = { wall: 0, cpu: 0, memory: 0, code: 0, stdout: '', stderr: '' };
  for (const database of databases) {
    const next = await run(database);
    sum = {
      wall: sum.wall + next.wall,
      cpu: sum.cpu + next.cpu,
      memory: Math.max(sum.memory, next.memory),
      code: sum.code === 0 ? next.code : sum.code,
      stdout: '',
      stderr: sum.stderr + next.stderr,
    };
  }
  return sum;
}

const pgcopydb = (name: string, flags: readonly string[]): Contender => ({
  name,
  run: (source, target, databases) =>
    oneByOne(databases, async database => {
      await target.sql('postgres', `create database ${database}`);
      const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-pgcopydb-'));
      try {
        return await measure(
          'pgcopydb',
          [
            'clone',
            '--source',
            source.url(database),
            '--target',
            target.url(database),
            '--dir',
            join(folder, 'work'),
            ...flags,
          ],
          { cwd: folder },
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
});

const dumpRestore: Contender = {
  name: 'pg_dump | pg_restore',
  run: (source, target, databases) =>
    oneByOne(databases, async database => {
      await target.sql('postgres', `create database ${database}`);
      const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-dump-'));
      try {
        const dump = await measure('pg_dump', ['-Fd', '-j2', '-f', join(folder, 'dump'), source.url(database)], {
          cwd: folder,
        });
        const restore = await measure('pg_restore', ['-j2', '-d', target.url(database), join(folder, 'dump')], {
          cwd: folder,
        });
        return {
          ...restore,
          wall: dump.wall + restore.wall,
          cpu: dump.cpu + restore.cpu,
          memory: Math.max(dump.memory, restore.memory),
          code: dump.code === 0 ? restore.code : dump.code,
        };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }),
};

/** A complete schema, then CREATE SUBSCRIPTION with its own copy, until every table is ready. */
const subscription: Contender = {
  name: 'subscription',
  run: (source, target, databases) =>
    oneByOne(databases, async database => {
      await target.sql('postgres', `create database ${database}`);
      const began = performance.now();
      const schema = await measure(
        'sh',
        ['-c', 'pg_dump --schema-only "$1" | psql -q "$2"', 'sh', source.url(database), target.url(database)],
        { cwd: tmpdir() },
      );
      await source.sql(database, 'create publication bench for all tables');
      await target.sql(database, `create subscription bench connection '${source.url(database)}' publication bench`);
      for (;;) {
        const { rows } = await target.sql(
          database,
          "select count(*)::int as left from pg_subscription_rel where srsubstate <> 'r'",
        );
        if ((rows[0] as { left: number }).left === 0) break;
        await sleep(200);
      }
      const wall = (performance.now() - began) / 1000;
      await target.sql(database, 'drop subscription bench');
      await source.sql(database, 'drop publication bench');
      return { ...schema, wall };
    }),
};

/** Those that are compared stand near each other: a shared machine is faster at one moment than at another. */
export const contenders: readonly Contender[] = [
  pgm('dump'),
  pgcopydb('pgcopydb', []),
  pgcopydb('pgcopydb 2 jobs', ['--table-jobs', '2', '--index-jobs', '2']),
  pgcopydb('pgcopydb 4/2 jobs', ['--table-jobs', '4', '--index-jobs', '2']),
  pgcopydb('pgcopydb split', ['--table-jobs', '4', '--index-jobs', '2', '--split-tables-larger-than', '200MB']),
  dumpRestore,
  pgm('continuous'),
  subscription,
];
