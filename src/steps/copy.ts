import { relationKey, shownName } from '../postgres/relation-key.js';
import { copyDatabase } from '../copy/copy-database.js';
import { longLockTry } from '../copy/session.js';
import { exportPlainSnapshot, snapshotGone, type ExportedSnapshot } from '../copy/snapshot.js';
import { SpeedMeter } from '../copy/speed.js';
import { measureTables, type Measured, type PlannedTable } from '../copy/tables-to-copy.js';
import { UserError } from '../errors.js';
import type { Connection } from '../postgres/connection.js';
import { qualifiedName, quoteLiteral } from '../postgres/identifiers.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { forgetParts, keepSourceOids } from '../state/copied-parts.js';
import { finishStage, noteMoment, readProgress } from '../state/progress.js';
import { isSameMoment } from '../state/stages.js';
import { notePairs } from '../state/note-pairs.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface CopyInput {
  readonly database: string;
  /** 0: a snapshot without a slot (dump). */
  readonly lane: number;
  readonly tables: readonly PlannedTable[];
  /** Tables with parts of an earlier snapshot: emptied first. */
  readonly emptied: readonly { readonly schema: string; readonly name: string }[];
  /** Tables of this database that are in already. */
  readonly arrived: readonly { readonly schema: string; readonly name: string }[];
  /** The last copy step of the database: nothing arrives after it. */
  readonly last: boolean;
  readonly bytes: number;
  readonly rows: number;
  readonly seconds: number;
}

export interface CopiedDatabase {
  readonly tables: number;
  readonly rows: number;
  /** As they went over the wire. */
  readonly bytes: number;
}

const maximumSplit = 1024 * 1024 * 1024;

export const copy: StepKind<CopyInput, 'copy'> = {
  kind: 'copy',

  describe: ({ database, lane, tables, emptied, bytes, rows, seconds }) => ({
    title: `copy ${plural(tables.length, 'table')} from one snapshot, in parallel${emptiedWords(emptied)}`,
    // Rows that stand on the target go for it: that counts as destroyed, though they come back from the source.
    action: emptied.length === 0 ? 'create' : 'delete',
    server: 'target',
    database,
    object: lane === 0 ? '' : String(lane),
    statements: [
      ...emptied.map(table => `truncate only ${qualifiedName(table)};`),
      ...tables.map(
        table =>
          `copy ${qualifiedName(table)}${table.binary ? ' (binary)' : ''};` +
          (table.into === undefined ? '' : `   -- into ${qualifiedName(table.into)}, which finds the partition`),
      ),
    ],
    tables: tables.map(({ schema, name }) => ({ schema, name })),
    reversible: false,
    impact: { locks: ['ACCESS SHARE on each table of the source while it is read: reads and writes go on'] },
    estimate: { bytes, rows, seconds },
  }),

  async run(context, input, progress) {
    const { database, lane } = input;
    const run = context.database(database);
    try {
      const snapshot = await heldSnapshot(context, database, lane);
      await context.withTarget(database, keepSourceOids);
      const { tables, encoding } = await measure(context, input, snapshot);
      for (const table of input.arrived) run.arrivals.arrive(relationKey(table));
      if (input.emptied.length > 0)
        await context.withTarget(database, target => empty(target, context.spec.name, input.emptied));
      if (lane === 0) await beginMoment(context, input, snapshot);
      else
        await context.withSource(database, source =>
          context.withTarget(database, target => notePairs(source, target, context.spec.name, tables)),
        );
      const total = tables.reduce((bytes, table) => bytes + table.bytes, 0);
      const meter = new SpeedMeter(tables, progress);
      await copyDatabase(
        {
          migration: context.spec.name,
          database,
          lane,
          source: context.spec.source.connection,
          target: context.spec.target.connection,
          snapshot,
          encoding,
          tables,
          options: {
            splitAbove:
              context.spec.copy.splitAbove ??
              Math.min(maximumSplit, Math.max(64 * 1024 * 1024, Math.round(total / (context.copyJobs * 4)))),
            jobs: context.copyJobs,
            databases: context.databasesAtATime,
          },
          onBytes: count => meter.addBytes(count),
          onRows: count => meter.addRows(count),
          onPart: (part, bytes) => meter.addPart(part, bytes),
          onTable: table => {
            meter.addTable();
            run.arrivals.arrive(relationKey(table));
          },
        },
        context.copyPool,
      );
      meter.end();
      // Not before every row is in: the snapshot holds back vacuum on the source.
      let whole: CopiedDatabase | null = null;
      if (input.last) {
        await run.close();
        whole = await context.withTarget(database, async target => {
          await finishStage(target, context.spec.name, 'copy');
          return target.row<CopiedDatabase>(copiedSql, [context.spec.name]);
        });
        run.arrivals.close();
      }
      return {
        outcome: meter.summary(),
        record: { bytes: meter.bytes, rows: meter.rows, tables: tables.length, whole },
      };
    } catch (error) {
      run.arrivals.fail(error);
      throw error;
    }
  },
};

function emptiedWords(emptied: CopyInput['emptied']): string {
  if (emptied.length === 0) return '';
  const more = emptied.length > 3 ? ` and ${emptied.length - 3} more` : '';
  const names = `${emptied.slice(0, 3).map(shownName).join(', ')}${more}`;
  return `; ${emptied.length} of them again, since what the target has of them is of an earlier moment and is removed first: ${names}`;
}

/** What all copies of a database brought together, also those of runs that were interrupted. */
const copiedSql = `
select count(distinct (schema, name))::float8 as tables,
       coalesce(sum(rows), 0)::float8 as rows,
       coalesce(sum(bytes), 0)::float8 as bytes
from pgm.part
where migration = $1`;

async function heldSnapshot(context: StepContext, database: string, lane: number): Promise<ExportedSnapshot> {
  const run = context.database(database);
  const snapshot = run.snapshots.get(lane);
  if (snapshot?.isHeld() === true) return snapshot;
  if (lane !== 0) throw snapshotGone();
  const plain = await exportPlainSnapshot(context.spec.source.connection, database, context.spec.name);
  run.snapshots.set(0, plain);
  return plain;
}

/** Not before the tables of another moment are emptied: a crash between must not make them look like this one's. */
async function beginMoment(
  context: StepContext,
  { database, arrived }: CopyInput,
  { moment = '' }: ExportedSnapshot,
): Promise<void> {
  await context.withTarget(database, async target => {
    const progress = await readProgress(target, context.spec.name);
    if (arrived.length > 0 && !isSameMoment(progress?.stages.moment ?? null, moment)) throw snapshotGone();
    await noteMoment(target, context.spec.name, moment);
  });
}

async function measure(
  context: StepContext,
  { database, tables }: CopyInput,
  snapshot: ExportedSnapshot,
): Promise<Measured & { encoding: string }> {
  // The size of a table waits for who holds it, as pg_dump and the copy itself do.
  const begin =
    `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot.id)}; ` +
    `set local lock_timeout = '${longLockTry.lock_timeout}'`;
  return context.withSource(database, async source => {
    const measured = await source.transaction(() => measureTables(source, tables), begin);
    if (measured.missing.length > 0) {
      throw new UserError(
        `tables are gone from the source since the plan: ${measured.missing.map(shownName).join(', ')}`,
        { kind: 'stopped', code: 'PGM856', hint: 'run `pgm plan` again' },
      );
    }
    const { encoding } = await source.row<{ encoding: string }>(
      "select current_setting('server_encoding') as encoding",
    );
    return { ...measured, encoding: isPlain(measured.tables) || encoding === 'SQL_ASCII' ? encoding : 'UTF8' };
  });
}

/** TRUNCATE refuses a table that another one's foreign key refers to, even an empty one's. */
async function removeRows(target: Connection, tables: CopyInput['emptied']): Promise<void> {
  await target.execute('savepoint emptying');
  try {
    await target.execute(`truncate ${tables.map(table => `only ${qualifiedName(table)}`).join(', ')}`);
  } catch (error) {
    if (errorCode(error) !== sqlstate.featureNotSupported) throw error;
    await target.execute('rollback to savepoint emptying');
    // Neither triggers nor foreign keys act on these rows: they come back with the copy.
    const { quiet } = await target.row<{ quiet: boolean }>(
      "select current_setting('session_replication_role') = 'replica' as quiet",
    );
    if (!quiet) await target.execute('set local session_replication_role = replica');
    for (const table of tables) await target.execute(`delete from only ${qualifiedName(table)}`);
  }
}

/**
 * Statements are sent in UTF-8: where a name is more than ASCII, the sessions speak it too, and the servers convert.
 */
function isPlain(tables: Measured['tables']): boolean {
  return tables.every(({ schema, name, columns }) => /^[\u0001-\u007f]*$/.test([schema, name, ...columns].join('')));
}

/** Empties tables that hold parts of another snapshot, with their records, in one transaction. */
async function empty(target: Connection, migration: string, tables: CopyInput['emptied']): Promise<void> {
  await target.transaction(async () => {
    await removeRows(target, tables);
    await forgetParts(target, migration, tables);
    await target.rows("delete from pgm.stage where migration = $1 and stage = 'copy'", [migration]);
  });
}
