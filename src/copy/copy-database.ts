import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { qualifiedName, quoteLiteral } from '../postgres/identifiers.js';
import { errorCode } from '../postgres/errors.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { endLostSession, runPurpose } from '../postgres/run-sessions.js';
import { forwardCopy } from './forward.js';
import { planUnits, type Part, type PartOptions, type TableToCopy, type WorkUnit } from './parts.js';
import type { Session, Work, WorkerPool } from './pool.js';
import { connectForCopy, connectToRead, keepTriggersOut } from './session.js';
import { snapshotGone, type ExportedSnapshot } from './snapshot.js';
import { copyIn, copyOut, freezes, recordParts } from './statements.js';

export interface DatabaseCopy {
  readonly migration: string;
  readonly database: string;
  readonly lane: number;
  readonly source: Conninfo;
  readonly target: Conninfo;
  readonly snapshot: ExportedSnapshot;
  /** server encoding of the source database, so that only the target converts, if at all. */
  readonly encoding: string;
  /** Tables that are not finished. */
  readonly tables: readonly TableToCopy[];
  readonly options: PartOptions;
  readonly onBytes: (bytes: number) => void;
  /** Called when the last part of a table is committed. */
  readonly onTable: (table: TableToCopy, rows: number) => void;
  readonly onRows: (rows: number) => void;
  /**
   * Called when a part is committed. @param bytes as they went over the wire, about; null: by an earlier try, not known
   */
  readonly onPart: (part: Part, bytes: number | null) => void;
}

/** After so many tables a worker begins a new transaction, to let go of their locks on the source. */
const tablesPerTransaction = 500;

/** A source session inside the snapshot and a target session, used by one worker. */
export class CopySession implements Session {
  readonly source: Connection;
  readonly target: Connection;
  tablesRead = 0;

  constructor(source: Connection, target: Connection) {
    this.source = source;
    this.target = target;
  }

  get isLost(): boolean {
    return this.source.isLost || this.target.isLost;
  }

  async close(): Promise<void> {
    await Promise.all([this.source.close(), this.target.close()]);
  }

  destroy(): void {
    this.source.destroy();
    this.target.destroy();
  }
}

export type CopyPool = WorkerPool<CopySession>;

/** A target that crashes again and again is not for us to outlast. */
const rounds = 5;

/**
 * Copies the tables of one database from its snapshot; resolves when every part is committed on the target, for good.
 */
export async function copyDatabase(copy: DatabaseCopy, pool: CopyPool): Promise<void> {
  const units = planUnits(copy.tables, copy.options);
  await submitUnits(copy, pool, units);
  // Commits were not waited for, so a target that crashed meanwhile has forgotten the last ones.
  for (let round = 1; ; round++) {
    const missing = await unitsMissing(copy, pool, units);
    if (missing.length === 0) return;
    if (round > rounds)
      throw new Error(`${missing.length} parts of tables are not on the target although it acknowledged them`);
    await submitUnits(
      { ...copy, onTable: () => undefined, onRows: () => undefined, onPart: () => undefined },
      pool,
      missing,
    );
  }
}

async function submitUnits(copy: DatabaseCopy, pool: CopyPool, units: readonly WorkUnit[]): Promise<void> {
  const left = new Map<TableToCopy, { parts: number; rows: number }>();
  for (const part of units.flatMap(unit => unit.parts))
    left.set(part.table, { parts: (left.get(part.table)?.parts ?? 0) + 1, rows: 0 });
  const finished = (part: Part, rows: number, bytes: number | null): void => {
    copy.onPart(part, bytes);
    const table = left.get(part.table);
    if (table === undefined) return;
    table.rows += rows;
    copy.onRows(rows);
    if (--table.parts === 0) copy.onTable(part.table, table.rows);
  };
  await pool.submitAll(units.map(unit => workOf(copy, unit, finished)));
}

const partsSql = `
select schema, name, part
from pgm.part
where migration = $1 and lane = $2`;

/**
 * Asked through the pool, which comes back when the target does. The commit that it ends with makes all before it
 * durable.
 */
async function unitsMissing(
  copy: DatabaseCopy,
  pool: CopyPool,
  units: readonly WorkUnit[],
): Promise<readonly WorkUnit[]> {
  const keyOf = (part: { readonly schema: string; readonly name: string; readonly part: number }): string =>
    JSON.stringify([part.schema, part.name, part.part]);
  let recorded: ReadonlySet<string> = new Set();
  await pool.submit({
    key: `${copy.database} ${copy.lane}`,
    weight: 0,
    open: lost => openSession(copy, lost),
    run: async ({ target }) => {
      await target.execute(`begin; set local synchronous_commit = local; ${touchSql}; commit`);
      recorded = new Set(
        (await target.rows<{ schema: string; name: string; part: number }>(partsSql, [copy.migration, copy.lane])).map(
          keyOf,
        ),
      );
    },
  });
  return units.filter(unit =>
    unit.parts.some(({ table, part }) => !recorded.has(keyOf({ schema: table.schema, name: table.name, part }))),
  );
}

/** Something to commit. */
const touchSql = 'select txid_current()';

function workOf(
  copy: DatabaseCopy,
  unit: WorkUnit,
  finished: (part: Part, rows: number, bytes: number | null) => void,
): Work<CopySession> {
  return {
    key: `${copy.database} ${copy.lane}`,
    weight: unit.bytes,
    open: lost => openSession(copy, lost),
    run: async (session, attempt) => {
      const { rows, bytes } =
        (attempt > 1 ? await alreadyIn(copy, unit, session) : undefined) ?? (await load(copy, unit, session));
      unit.parts.forEach((part, index) => finished(part, rows[index] ?? 0, bytes?.[index] ?? null));
    },
  };
}

async function openSession(copy: DatabaseCopy, lost: CopySession | undefined): Promise<CopySession> {
  const encoding = { client_encoding: copy.encoding };
  const [source, target] = await Promise.allSettled([
    connectToRead(copy.source, { database: copy.database, purpose: runPurpose(copy.migration, 'copy from') }, encoding),
    connectForCopy(
      copy.target,
      { database: copy.database, purpose: runPurpose(copy.migration, 'copy to') },
      { ...encoding, synchronous_commit: 'off' },
    ),
  ]);
  if (source.status === 'rejected' || target.status === 'rejected') {
    for (const side of [source, target]) if (side.status === 'fulfilled') await side.value.close();
    throw source.status === 'rejected' ? source.reason : (target as PromiseRejectedResult).reason;
  }
  const session = new CopySession(source.value, target.value);
  try {
    if (lost !== undefined)
      await Promise.all([endLostSession(session.source, lost.source), endLostSession(session.target, lost.target)]);
    // Triggers and rules of tables that were there before must not fire; only some roles may say so.
    await keepTriggersOut(session.target);
    await enterSnapshot(session.source, copy.snapshot);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function enterSnapshot(source: Connection, snapshot: ExportedSnapshot): Promise<void> {
  try {
    await source.execute(
      `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot.id)}`,
    );
  } catch (error) {
    const isGone = errorCode(error) === sqlstate.undefinedObject || errorCode(error) === sqlstate.invalidParameterValue;
    if (isGone) throw snapshotGone(error);
    throw error;
  }
}

/** Of each part of a unit. */
interface Loaded {
  readonly rows: readonly number[];
  readonly bytes: readonly number[] | null;
}

async function load(copy: DatabaseCopy, unit: WorkUnit, session: CopySession): Promise<Loaded> {
  if (session.tablesRead > tablesPerTransaction && copy.snapshot.isHeld()) {
    await session.source.execute('commit');
    await enterSnapshot(session.source, copy.snapshot);
    session.tablesRead = 0;
  }
  session.tablesRead += unit.parts.length;
  const from = unit.parts.map(copyOut).join(';\n');
  const to = [
    'begin',
    ...unit.parts.flatMap(part => [
      ...(freezes(part) ? [`truncate only ${qualifiedName(part.table)}`] : []),
      copyIn(part),
    ]),
  ].join(';\n');
  let counted = 0;
  try {
    const { bytes, rows } = await forwardCopy(session.source, session.target, from, to, count => {
      counted += count;
      copy.onBytes(count);
    });
    const share = unit.parts.map(part => Math.round((bytes * part.bytes) / Math.max(1, unit.bytes)));
    await session.target.execute(`${recordParts(copy.migration, copy.lane, unit.parts, rows, share)};\ncommit`);
    return { rows, bytes: share };
  } catch (error) {
    // What was rolled back did not arrive.
    copy.onBytes(-counted);
    throw error;
  }
}

const partSql = `
select rows::float8 as rows
from pgm.part
where migration = $1 and schema = $2 and name = $3 and part = $4`;

/** After a connection was lost in COMMIT: a unit's parts were all recorded, or none. */
async function alreadyIn(copy: DatabaseCopy, unit: WorkUnit, session: CopySession): Promise<Loaded | undefined> {
  const rows: number[] = [];
  for (const { table, part } of unit.parts) {
    const [row] = await session.target.rows<{ rows: number }>(partSql, [
      copy.migration,
      table.schema,
      table.name,
      part,
    ]);
    if (row === undefined) return undefined;
    rows.push(row.rows);
  }
  return { rows, bytes: null };
}
