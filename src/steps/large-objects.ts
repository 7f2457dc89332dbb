import { copyLargeObjectsBeside, type LargeObjectSessions } from '../copy/large-objects.js';
import { connectForCopy, connectToRead } from '../copy/session.js';
import { quoteLiteral } from '../postgres/identifiers.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { anySnapshot } from './schema.js';
import type { StepContext } from './context.js';
import type { StepKind } from './step-kind.js';
import { plural } from '../quantities.js';

export interface LargeObjectsInput {
  readonly database: string;
  readonly objects: number;
}

/**
 * Replication does not carry large objects: copied here in the tables' snapshot, and what differs again at the cutover.
 */
export const largeObjects: StepKind<LargeObjectsInput> = {
  kind: 'large-objects',

  describe: ({ database, objects }) => ({
    title: `copy ${plural(objects, 'large object')} with owners, privileges and comments`,
    action: 'create',
    server: 'target',
    database,
    statements: [
      'select lo_create(oid), lo_put(oid, …);',
      'alter large object … owner to …; comment on large object … is …; grant … on large object …;',
    ],
    reversible: false,
  }),

  async run(context, { database, objects }, progress) {
    const snapshot = await anySnapshot(context, database);
    const sessions: LargeObjectSessions[] = [];
    try {
      for (let session = 0; session < Math.min(context.copyJobs, objects); session++)
        sessions.push(await openSessions(context, database, snapshot.id));
      const copied = await copyLargeObjectsBeside(sessions, context.signal, (done, total) =>
        progress({ items: { done, total, unit: 'large objects' } }),
      );
      return { outcome: plural(copied, 'large object') };
    } finally {
      await Promise.all(sessions.flatMap(({ source, target }) => [source.close(), target.close()]));
    }
  },
};

async function openSessions(context: StepContext, database: string, snapshot: string): Promise<LargeObjectSessions> {
  const purpose = runPurpose(context.spec.name, 'large objects');
  const source = await connectToRead(context.spec.source.connection, { database, purpose });
  try {
    await source.execute(
      `begin isolation level repeatable read read only; set transaction snapshot ${quoteLiteral(snapshot)}`,
    );
    const target = await connectForCopy(
      context.spec.target.connection,
      { database, purpose },
      { synchronous_commit: 'off' },
    );
    return { source, target };
  } catch (error) {
    await source.close();
    throw error;
  }
}
