import { UserError } from '../errors.js';
import { readObjectCounts } from '../inspect/object-counts.js';
import { withConnection } from '../postgres/connect.js';
import type { Conninfo } from '../postgres/conninfo.js';
import { reportError } from '../postgres/errors.js';
import type { Spec } from '../spec/spec.js';
import { openBackend } from '../state/open-backend.js';
import { historyOf } from '../state/history.js';
import type { VerifyReport } from '../verify/report.js';
import { buildReport, type LiveDatabase, type LiveServer } from './build-report.js';
import type { MigrationReport } from './report.js';
import { pgmVersion } from './version.js';

/** Databases asked at a time, on each server. */
const databasesAtATime = 8;

/**
 * What was moved and how, from the lockfile and from what the servers show now. Writes nothing. A server that does not
 * answer, such as a source that was taken away after the migration, is told of and leaves its sizes out.
 * @throws UserError when nothing is recorded yet
 */
export async function readReport(spec: Spec, verification: VerifyReport | null): Promise<MigrationReport> {
  const lockfile = await openBackend(spec).read();
  if (lockfile === null)
    throw new UserError(`nothing is recorded for ${spec.name} yet: there is nothing to report`, {
      code: 'PGM841',
      hint: 'run `pgm apply` first',
    });
  const names = Object.keys(historyOf(lockfile).databases);
  const [source, target] = await Promise.all([
    readLive(spec.source.connection, names),
    readLive(spec.target.connection, names),
  ]);
  return buildReport({
    lockfile,
    goal: spec.goal,
    pgmVersion: pgmVersion(),
    at: new Date().toISOString(),
    source,
    target,
    verification,
  });
}

async function readLive(conninfo: Conninfo, names: readonly string[]): Promise<LiveServer> {
  const [first] = conninfo.hosts;
  const address =
    first === undefined ? '' : `${first.host.includes(':') ? `[${first.host}]` : first.host}:${first.port}`;
  const databases = new Map<string, LiveDatabase>();
  let message: string | null = null;
  const waiting = names.values();
  const worker = async (): Promise<void> => {
    for (const name of waiting) {
      try {
        databases.set(
          name,
          await withConnection(conninfo, { database: name, purpose: 'report', reads: true }, async connection => {
            const { bytes } = await connection.row<{ bytes: number }>(
              'select pg_database_size(current_database())::float8 as bytes',
            );
            return { bytes, counts: await readObjectCounts(connection) };
          }),
        );
      } catch (error) {
        message ??= reportError(error).message;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(databasesAtATime, names.length) }, worker));
  return { address, message: databases.size > 0 ? null : message, databases };
}
