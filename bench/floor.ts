import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverCpuSeconds } from './processes.js';
import type { BenchServer } from './servers.js';

/**
 * The servers' CPU seconds for the bare work, one statement after another and nothing else: each table's COPY out and in
 * (binary, FREEZE), each index, each foreign key; divided by the cores. Nothing that moves these rows can be faster.
 */
export async function floorSeconds(source: BenchServer, target: BenchServer, database: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'pgm-bench-floor-'));
  chmodSync(folder, 0o777);
  const cpu = (): number => serverCpuSeconds(source.postmaster) + serverCpuSeconds(target.postmaster);
  const list = async (text: string): Promise<readonly string[]> => ((await source.sql(database, text)).rows as { s: string }[]).map(({ s }) => s);
  try {
    const schema = await list("select format('create table %I (%s)', c.relname, (select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped)) as s from pg_class c where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname");
    const tables = await list("select format('%I', relname) as s from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by relname");
    const indexes = await list("select replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as s from pg_index i join pg_class c on c.oid = i.indrelid where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace");
    const foreignKeys = await list("select format('alter table %s add %s', conrelid::regclass, pg_get_constraintdef(oid)) as s from pg_constraint where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace");
    await target.sql('postgres', `create database ${database}`);
    const before = cpu();
    await source.session(database, async out =>
      target.session(database, async into => {
        for (const [index, table] of tables.entries()) {
          const file = join(folder, 'table');
          await out(`copy ${table} to '${file}' (format binary)`);
          await into(`begin; ${schema[index] ?? ''}; copy ${table} from '${file}' (format binary, freeze); commit`);
        }
        await into("set maintenance_work_mem = '512MB'");
        for (const statement of [...indexes, ...foreignKeys]) await into(statement);
      }),
    );
    return (cpu() - before) / availableParallelism();
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await target.sql('postgres', `drop database if exists ${database} with (force)`);
  }
}
