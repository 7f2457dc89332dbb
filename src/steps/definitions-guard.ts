import { UserError } from '../errors.js';
import { changedKinds, readFingerprint, readTrace, type Fingerprint } from '../inspect/definitions/fingerprint.js';
import { connect } from '../postgres/connect.js';
import type { Connection } from '../postgres/connection.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { runPurpose } from '../postgres/run-sessions.js';
import { plural } from '../quantities.js';

/**
 * By database: the definitions of the side in use as they were when the switch was planned, and held against the other
 * side's.
 */
export type PlannedDefinitions = Readonly<Record<string, Fingerprint>>;

interface Watched {
  readonly database: string;
  readonly session: Connection;
  readonly planned: Fingerprint;
  /** null: not looked at yet. */
  trace: string | null;
}

/**
 * A plan waits for a person, and a full compare takes hours: before writes stop all definitions are looked at once
 * more. In the write stop the question is whether anything was done since, which takes one short query a database.
 * @param use is given what asserts it, with the words for what became of the writes
 * @throws UserError (PGM637) where something changed
 */
export async function watchingDefinitions<T>(
  side: { readonly conninfo: Conninfo; readonly role: 'source' | 'target' },
  migration: string,
  definitions: PlannedDefinitions,
  use: (assertUnchanged: ((so: string) => Promise<void>) | null) => Promise<T>,
): Promise<T> {
  const watched: Watched[] = [];
  try {
    for (const [database, planned] of Object.entries(definitions)) {
      const session = await connect(side.conninfo, { database, purpose: runPurpose(migration, 'definitions') });
      watched.push({ database, session, planned, trace: null });
    }
    return await use(
      watched.length === 0
        ? null
        : async so => {
            await Promise.all(
              watched.map(async each => {
                const trace = await readTrace(each.session);
                if (trace === each.trace) return;
                await assertSame(each, side.role, so);
                each.trace = trace;
              }),
            );
          },
    );
  } finally {
    await Promise.all(watched.map(({ session }) => session.close()));
  }
}

async function assertSame({ database, session, planned }: Watched, role: string, so: string): Promise<void> {
  const changed = changedKinds(planned, await readFingerprint(session, planned));
  if (changed.length === 0) return;
  throw new UserError(
    `definitions of "${database}" were changed on the ${role} since the switch was planned ` +
      `(${plural(changed.length, 'kind')}: ${changed.join(', ')}); ${so}`,
    {
      kind: 'stopped',
      code: 'PGM637',
      hint: '`pgm plan` shows what changed; run the switch again once both sides define the same',
    },
  );
}
