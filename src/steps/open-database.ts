import { unblockDatabases } from '../cutover/block.js';
import { unblockStatements } from '../cutover/block-statements.js';
import { dropFence } from '../cutover/fence.js';
import type { BlockRecord } from '../state/block-record.js';
import type { StepKind } from './step-kind.js';

export interface OpenDatabaseInput {
  readonly server: 'source' | 'target';
  readonly database: string;
  /** What the block replaced; null: only the triggers are there. */
  readonly record: BlockRecord | null;
  /** The triggers are there. */
  readonly fenced: boolean;
  /** False: the triggers go, and the database stays as shut as it is. */
  readonly opens: boolean;
  /** In a few words. */
  readonly reason: string;
}

/** Lets writes in again where a switch shut a database. CONNECT is given to those whom the record names: all are shown. */
export const openDatabase: StepKind<OpenDatabaseInput> = {
  kind: 'open-database',

  describe: ({ server, database, record, fenced, opens, reason }) => ({
    title: opens
      ? `allow writes again${record === null ? '' : `, and connections of ${whom(record)}`} (${reason})`
      : `drop the triggers that keep superusers from writing (${reason})`,
    action: opens ? 'update' : 'delete',
    server,
    database,
    object: server,
    statements: [
      ...(record === null ? [] : unblockStatements([record]).map(statement => `${statement};`)),
      ...(fenced
        ? [
            'drop trigger if exists pgm_shut on …;  -- of each table that has it',
            'drop function if exists pgm.shut() cascade;',
            'drop schema pgm;  -- where nothing else is in it',
          ]
        : []),
    ],
    reversible: false,
  }),

  async run(context, { server, database, record }) {
    await context[server === 'source' ? 'withSource' : 'withTarget'](database, async session => {
      if (record !== null) await unblockDatabases(session, [record]);
      await dropFence(session);
    });
    return {};
  },
};

function whom({ connect }: BlockRecord): string {
  return connect.length === 0 ? 'nobody' : connect.map(role => (role === '' ? 'PUBLIC' : role)).join(', ');
}
