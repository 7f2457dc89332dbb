import { relationKey, type RelationKey } from '../postgres/relation-key.js';
import type { Conninfo } from '../postgres/conninfo.js';
import type { Connection } from '../postgres/connection.js';
import { errorCode } from '../postgres/errors.js';
import { qualifiedName } from '../postgres/identifiers.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { openIndexSession, type IndexPool, type IndexSession } from './build-indexes.js';
import { importStatistics, type StatisticsSource } from './import-statistics.js';
import type { Work } from './pool.js';

interface Relation {
  readonly schema: string;
  readonly name: string;
}

interface Analyzed extends Relation {
  readonly bytes: number;
}

/**
 * What ANALYZE without a list would do. ANALYZE of a partitioned table takes its partitions along (ONLY is of 18), so
 * those are not named again. initdb analyzes the catalogues, and each database is born with their statistics: they are
 * of use until the catalogue has grown.
 */
const tablesSql = `
select n.nspname as schema, c.relname as name, pg_relation_size(c.oid)::float8 as bytes
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p')
  and c.relpersistence <> 't'
  and not c.relispartition
  and (n.nspname not in ('pg_catalog', 'information_schema')
    or pg_relation_size(c.oid) > 1.5 * c.relpages * current_setting('block_size')::int)
  and (pg_has_role(c.relowner, 'usage') or (select rolsuper from pg_roles where rolname = current_user))
order by 3 desc`;

/** Catalogues, and pgm's record of the copy: analyzed with the rest, but nobody migrates them. */
const notTheUsers: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema', 'pgm']);

const tablesTogether = 200;
/** Bytes; sampling reads at most 30,000 pages of a table, so a larger one is no more work than this. */
const large = 16 * 1024 * 1024;

/** A table without statistics of its own: the server's words. */
type Refuse = (table: Relation, words: string) => void;

export interface AnalyzeRun {
  /** Its name. */
  readonly migration: string;
  readonly database: string;
  readonly target: Conninfo;
  /** `maintenance_work_mem` of the pool's sessions, kB; null: the server's own. */
  readonly sortMemoryKb: number | null;
  readonly onDone: (done: number, total: number) => void;
  readonly onRefused: Refuse;
  /** {@link relationKey} of those that have their statistics. */
  readonly analyzed: ReadonlySet<RelationKey>;
}

export interface ArrivedRun extends Pick<AnalyzeRun, 'migration' | 'database' | 'target' | 'sortMemoryKb'> {
  /** Whose statistics are taken over where that is possible; null: all are collected anew. */
  readonly statistics: StatisticsSource | null;
}

/**
 * Collects statistics of all tables of a database that have none yet, several sessions beside each other. Gives how
 * many, without the catalogues and pgm's own.
 */
export async function analyzeTables(target: Connection, run: AnalyzeRun, pool: IndexPool): Promise<number> {
  const all = await target.rows<Analyzed>(tablesSql);
  const tables = all.filter(table => !run.analyzed.has(relationKey(table)));
  const lists = [
    ...tables.filter(table => table.bytes >= large).map(table => [table]),
    ...chunks(tables.filter(table => table.bytes < large)),
  ];
  let done = all.length - tables.length;
  await pool.submitAll(
    lists.map(list =>
      workOf({ ...run, statistics: null }, list, () => run.onDone((done += list.length), all.length), run.onRefused),
    ),
  );
  return all.filter(({ schema }) => !notTheUsers.has(schema)).length;
}

/**
 * The same for a few tables whose indexes are built; they go behind builds that wait.
 * @param bytes of large tables whose statistics are the last thing to do for them: these go before small builds
 */
export async function analyzeArrived(
  run: ArrivedRun,
  tables: readonly Relation[],
  pool: IndexPool,
  bytes = 0,
): Promise<void> {
  for (const list of chunks(tables.map(table => ({ ...table, bytes }))))
    await pool.submit(workOf(run, list, () => undefined));
}

function chunks(tables: readonly Analyzed[]): Analyzed[][] {
  return Array.from({ length: Math.ceil(tables.length / tablesTogether) }, (_, index) =>
    tables.slice(index * tablesTogether, (index + 1) * tablesTogether),
  );
}

function workOf(
  run: ArrivedRun,
  tables: readonly Analyzed[],
  done: () => void,
  refused: Refuse = () => undefined,
): Work<IndexSession> {
  return {
    key: run.database,
    weight: Math.min(
      large,
      tables.reduce((sum, table) => sum + table.bytes, 0),
    ),
    open: () => openIndexSession(run, runPurpose(run.migration, 'analyze')),
    run: ({ target }) =>
      withoutFlushes(target, async () => {
        // What cannot be taken over is collected.
        const taken =
          run.statistics === null
            ? new Set<RelationKey>()
            : await importStatistics(
                run.statistics,
                target,
                run.database,
                runPurpose(run.migration, 'statistics'),
                tables,
              ).catch(() => new Set<RelationKey>());
        await collect(
          target,
          tables.filter(table => !taken.has(relationKey(table))),
          refused,
        );
        done();
      }),
  };
}

/** Each table is a transaction of its own; statistics that a crash takes along are collected by the next run. */
async function withoutFlushes(target: Connection, work: () => Promise<void>): Promise<void> {
  await target.execute('set synchronous_commit = off');
  await work();
  // The session may build indexes next. After an error it is closed.
  await target.execute('reset synchronous_commit');
}

const childrenSql = `
with recursive below as (
  select i.inhrelid as oid from pg_inherits i where i.inhparent = to_regclass($1)
  union
  select i.inhrelid from pg_inherits i join below b on b.oid = i.inhparent
)
select n.nspname as schema, c.relname as name, c.relkind::text as kind
from below b
join pg_class c on c.oid = b.oid
join pg_namespace n on n.oid = c.relnamespace
order by 1, 2`;

async function collect(target: Connection, tables: readonly Relation[], refused: Refuse): Promise<void> {
  if (tables.length === 0) return;
  try {
    await target.execute(`analyze ${tables.map(qualifiedName).join(', ')}`);
  } catch {
    // One that was dropped meanwhile, or has parts on a server that cannot be reached: the others one by one.
    for (const table of tables) await collectOne(target, table, refused);
  }
}

/**
 * ANALYZE asks the servers of foreign partitions and children too, and has no statistics when one of them does not
 * answer.
 */
async function collectOne(target: Connection, table: Relation, refused: Refuse): Promise<void> {
  try {
    await target.execute(`analyze ${qualifiedName(table)}`);
  } catch (error) {
    if (errorCode(error) === sqlstate.undefinedTable) return;
    const children = await target.rows<Relation & { readonly kind: string }>(childrenSql, [qualifiedName(table)]);
    if (!children.some(({ kind }) => kind === 'f')) throw error;
    refused(table, error instanceof Error ? error.message : String(error));
    for (const child of children) if (child.kind === 'r') await collectOne(target, child, refused);
  }
}
