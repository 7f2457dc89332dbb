import type { Connection } from '../postgres/connection.js';
import { sqlstate } from '../postgres/sqlstate.js';
import { errorCode } from '../postgres/errors.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { assertOwnObjects, ownObjectsProblems } from './own-objects.js';
import { readParts, type FinishedPart } from './copied-parts.js';
import { pairsStage } from './note-pairs.js';
import { parsePairs, type Pairs } from './pairs.js';
import { parseRememberedSwitch, type RememberedSwitch } from './remembered-switch.js';
import { leftShutStage, parseRememberedShut, type RememberedShut } from './remembered-shut.js';
import { formatStage, momentPrefix, stagesOf, type DatabaseStage, type Stage, type Stages } from './stages.js';
import { forgetDetail, rememberDetail } from './stage-details.js';

/**
 * What the target remembers of the copy, in schema `pgm` of each target database, written in the very transaction
 * that brings the data or the object, so that a crash can never separate the two. Dropped at `ready`.
 *
 * - `pgm.part`: a part of a table whose rows are in
 * - `pgm.entry`: an entry of the schema archive (`<catalog oid> <oid> <type>` on the source) that was carried out
 * - `pgm.stage`: a stage of the database that is complete: schema, copy, indexes, constraints, `subscribed <lane>` …;
 *   and `pairs`, what was brought from what; `columns`, of the target's tables when it took over
 */
export interface CopyProgress {
  readonly parts: readonly FinishedPart[];
  readonly stages: Stages;
  /** The last switch between the servers; null: none, or a role could not write it down. */
  readonly lastSwitch: RememberedSwitch | null;
  /** What was brought from what; left out: not noted. */
  readonly pairs?: Pairs;
  /** Left out: no side is, or nobody could write it down. */
  readonly leftShut?: RememberedShut;
}

export const createTablesSql = `
create table if not exists pgm.part (
  migration text not null,
  lane integer not null,
  schema text not null,
  name text not null,
  part integer not null,
  parts integer not null,
  rows bigint not null,
  bytes bigint not null,
  source_oid bigint,
  source_columns jsonb,
  primary key (migration, schema, name, part)
);
create table if not exists pgm.entry (
  migration text not null,
  entry text not null,
  primary key (migration, entry)
);
create table if not exists pgm.stage (
  migration text not null,
  stage text not null,
  finished_at timestamptz not null default now(),
  detail jsonb,
  primary key (migration, stage)
);`;

/**
 * Makes the tables of the record. A schema that is there is pgm's own or refused; one that somebody makes between the
 * question and the answer is a clash. In a transaction.
 * @throws UserError (PGM317)
 */
export async function createProgress(connection: Connection, comment: string): Promise<void> {
  const { present } = await connection.row<{ present: boolean }>(
    "select to_regnamespace('pgm') is not null as present",
  );
  if (!present) await connection.execute('create schema pgm');
  await assertOwnObjects(connection, 'pgm');
  await connection.execute(`${createTablesSql}\ncomment on schema pgm is ${quoteLiteral(comment)}`);
}

/** The columns of every table, `columns`, are compared where they are. */
const readStagesSql = `
select stage, detail
from pgm.stage
where migration = $1 and stage <> 'columns'
order by stage`;

/** Two queries; null where the database holds no record of any migration, or one that is not pgm's own (PGM317). */
export async function readProgress(connection: Connection, migration: string): Promise<CopyProgress | null> {
  const { present } = await connection.row<{ present: boolean }>(
    "select to_regclass('pgm.stage') is not null as present",
  );
  if (!present || (await ownObjectsProblems(connection, 'pgm')).length > 0) return null;
  try {
    const parts = await readParts(connection, migration);
    const stages = await connection.rows<{ stage: string; detail: unknown }>(readStagesSql, [migration]);
    const pairs = parsePairs(stages.find(({ stage }) => stage === pairsStage)?.detail);
    const leftShut = parseRememberedShut(stages.find(({ stage }) => stage === leftShutStage)?.detail);
    return {
      parts,
      stages: stagesOf(stages.map(row => row.stage)),
      ...(pairs === null ? {} : { pairs }),
      ...(leftShut === null ? {} : { leftShut }),
      lastSwitch: parseRememberedSwitch(stages.find(({ stage }) => stage === lastSwitch)?.detail),
    };
  } catch (error) {
    // Dropped between the two questions.
    if (errorCode(error) === sqlstate.undefinedTable) return null;
    throw error;
  }
}

export async function noteMoment(connection: Connection, migration: string, moment: string): Promise<void> {
  await connection.transaction(async () => {
    await connection.rows('delete from pgm.stage where migration = $1 and starts_with(stage, $2)', [
      migration,
      momentPrefix,
    ]);
    await finishStage(connection, migration, { kind: 'moment', moment });
  });
}

export async function finishStage(
  connection: Connection,
  migration: string,
  stage: DatabaseStage | Stage,
): Promise<void> {
  await connection.rows('insert into pgm.stage (migration, stage) values ($1, $2) on conflict do nothing', [
    migration,
    textOf(stage),
  ]);
}

export async function forgetStage(
  connection: Connection,
  migration: string,
  stage: DatabaseStage | Stage,
): Promise<void> {
  await forgetDetail(connection, migration, textOf(stage));
}

function textOf(stage: DatabaseStage | Stage): string {
  return formatStage(typeof stage === 'string' ? { kind: 'database', stage } : stage);
}

const lastSwitch: DatabaseStage = 'last switch';

/** In one transaction with the mark that says who has the writes. */
export async function rememberSwitch(
  connection: Connection,
  migration: string,
  remembered: RememberedSwitch,
): Promise<void> {
  await connection.transaction(async () => {
    await (remembered.reached === 'cutover' ? finishStage : forgetStage)(connection, migration, 'handed over');
    await rememberDetail(connection, migration, lastSwitch, JSON.stringify(remembered));
  });
}

export async function readEntries(connection: Connection, migration: string): Promise<ReadonlySet<string>> {
  const rows = await connection.rows<{ entry: string }>('select entry from pgm.entry where migration = $1', [
    migration,
  ]);
  return new Set(rows.map(row => row.entry));
}

export function forgetRecord(migration: string): readonly string[] {
  return ['part', 'entry', 'stage'].map(
    table => `delete from pgm.${table} where migration = ${quoteLiteral(migration)}`,
  );
}

/** Drops one migration's record, and schema pgm when nothing else is remembered in it. No error where there is none. */
export async function dropProgress(connection: Connection, migration: string): Promise<void> {
  const { present } = await connection.row<{ present: boolean }>(
    "select to_regclass('pgm.stage') is not null as present",
  );
  if (!present) return;
  await connection.transaction(async () => {
    for (const statement of forgetRecord(migration)) await connection.execute(statement);
    const { left } = await connection.row<{ left: boolean }>(
      'select exists (select from pgm.stage union all select from pgm.part union all select from pgm.entry) as left',
    );
    if (left) return;
    const { settings } = await connection.row<{ settings: boolean }>(
      "select to_regclass('pgm.setting') is not null as settings",
    );
    await connection.execute(settings ? 'drop table pgm.part, pgm.entry, pgm.stage' : 'drop schema pgm cascade');
  });
}
