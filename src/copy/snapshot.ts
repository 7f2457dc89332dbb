import { UserError } from '../errors.js';
import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { has } from '../postgres/since.js';

/**
 * An exported snapshot and the session that keeps it. It dies with the session's next command (slot) or its
 * transaction (plain), so nothing else may be sent on it.
 */
export interface ExportedSnapshot {
  readonly id: string;
  /** The slot's consistent point, or the source's position when a plain snapshot was taken. */
  readonly lsn: string;
  /** txid_current_snapshot() of a plain one. */
  readonly moment?: string;
  readonly isHeld: () => boolean;
  release(): Promise<void>;
}

/** Code of the error that says so: a new lane can go on from what is there. */
export const snapshotGoneCode = 'snapshot-gone';

export function snapshotGone(cause?: unknown): UserError {
  return new UserError('the exported snapshot is gone: the session that held it was ended', {
    kind: 'stopped',
    code: snapshotGoneCode,
    hint: 'run `pgm apply` again: finished tables are kept, the others go to a new lane',
    cause,
  });
}

/** Opens a walsender session for making slots. No timeout holds: else the server ends it and the snapshot is gone. */
export async function connectExporter(conninfo: Conninfo, database: string, migration: string): Promise<Connection> {
  return connect(conninfo, {
    database,
    purpose: runPurpose(migration, 'snapshot'),
    reads: true,
    replication: true,
    settings: { wal_sender_timeout: '0' },
  });
}

/** @param failover only from 17 on */
export function createSlotStatement(slot: string, versionNum: number, failover: boolean): string {
  // The parenthesised form is of 15; until 14 it is a keyword.
  const options = has(versionNum, 'slotOptions')
    ? `(SNAPSHOT 'export'${failover ? ', FAILOVER true' : ''})`
    : 'EXPORT_SNAPSHOT';
  return `CREATE_REPLICATION_SLOT ${quoteIdentifier(slot)} LOGICAL pgoutput ${options}`;
}

/**
 * Makes a logical slot and keeps its snapshot. Waits for every running write transaction of the server.
 * The slot is permanent: it outlives the session.
 * @throws StatementError 42710 when the slot exists
 */
export async function createSlotWithSnapshot(
  exporter: Connection,
  slot: string,
  versionNum: number,
  failover: boolean,
): Promise<ExportedSnapshot> {
  const [row] = await exporter.rows<{ snapshot_name: string; consistent_point: string }>(
    createSlotStatement(slot, versionNum, failover),
  );
  if (row === undefined) throw new TypeError('CREATE_REPLICATION_SLOT gave no row');
  return held(exporter, row.snapshot_name, row.consistent_point);
}

/** A snapshot without a slot, for the dump. */
export async function exportPlainSnapshot(
  conninfo: Conninfo,
  database: string,
  migration: string,
): Promise<ExportedSnapshot> {
  const connection = await connect(conninfo, { database, purpose: runPurpose(migration, 'snapshot'), reads: true });
  try {
    await connection.execute('begin isolation level repeatable read read only');
    const row = await connection.row<{ id: string; lsn: string; moment: string }>(
      'select pg_export_snapshot() as id, txid_current_snapshot()::text as moment, case when ' +
        'pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as lsn',
    );
    return { ...held(connection, row.id, row.lsn), moment: row.moment };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function held(connection: Connection, id: string, lsn: string): ExportedSnapshot {
  let released = false;
  return {
    id,
    lsn,
    isHeld: () => !released && !connection.isLost,
    release: async () => {
      released = true;
      await connection.close();
    },
  };
}
