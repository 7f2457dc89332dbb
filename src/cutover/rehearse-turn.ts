import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import { quoteIdentifier } from '../postgres/identifiers.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { mayBlock, readBlock } from './block.js';
import { revokeStatements } from './block-statements.js';
import type { DatabaseSessions } from './sessions.js';
import type { Side } from './side.js';

/** What {@link turnLanes} sends, and takes back: a worker hears of its subscription when that is committed. */
export async function rehearseLanes(sessions: readonly DatabaseSessions[]): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database, to }) =>
      takenBack(
        to,
        database.lanes.map(lane => `alter subscription ${quoteIdentifier(lane)} disable`),
      ),
    ),
  );
}

/** What shuts the side that hands over, and is taken back. Nothing where the role may not: the plan says that. */
export async function rehearseBlock(from: Side, sessions: readonly DatabaseSessions[]): Promise<void> {
  const [first] = sessions;
  const names = sessions.map(({ database }) => database.name);
  if (first === undefined || !(await mayBlock(first.from, names))) return;
  const records = await Promise.all(names.map(name => readBlock(first.from, name, from.dialsAs)));
  await takenBack(
    first.from,
    records.flatMap(record => [
      `alter database ${quoteIdentifier(record.database)} set default_transaction_read_only = on`,
      ...revokeStatements(record),
    ]),
  );
}

/** In a transaction that is rolled back. One that the role may not send tells nothing of time, and is let be. */
async function takenBack(session: Connection, statements: readonly string[]): Promise<void> {
  if (statements.length === 0) return;
  try {
    await session.execute(`begin; ${statements.join('; ')}`);
  } catch {
    // Of aiven_extras, or another's: only its owner may.
  } finally {
    await session.execute('rollback');
  }
}

/** As a client does that was ended on one side: a new session on the other, and its first answer. */
export async function rehearseReconnect(to: Side, sessions: readonly DatabaseSessions[]): Promise<void> {
  await Promise.all(
    sessions.map(async ({ database }) => {
      const purpose = runPurpose(to.migration, 'cutover');
      const session = await connect(to.conninfo, { database: database.name, purpose });
      try {
        await session.execute('select 1');
      } finally {
        await session.close();
      }
    }),
  );
}
