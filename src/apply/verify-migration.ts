import { UserError } from '../errors.js';
import { inspectServers } from '../inspect/inspect.js';
import { serverFacts } from '../plan/database-lanes.js';
import { knownState } from '../plan/known-state.js';
import { openBackend } from '../state/open-backend.js';
import { VerifyFile } from '../state/verify-file.js';
import type { Spec } from '../spec/spec.js';
import type { FinishedTable } from '../verify/finished-tables.js';
import type { VerifiedDatabase, VerifyReport } from '../verify/report.js';
import { compareOne } from './compare-databases.js';
import type { Progress } from '../progress.js';
import { pgmVersion } from './version.js';

export interface VerifyOptions {
  /** Default: the spec's, or `full` where that is `off`. */
  readonly depth?: 'full' | 'sample' | 'counts';
  readonly values?: boolean;
  readonly signal: AbortSignal;
  /** Left out: as fast as it goes. */
  readonly bytesPerSecond?: number;
  /** Go on where an interrupted one ended. */
  readonly resume?: boolean;
}

/** Compares the data of source and target, database by database; writes nothing but, beside the spec, how far it is. */
export async function verifyMigration(
  spec: Spec,
  options: VerifyOptions,
  progress: (progress: Progress) => void,
): Promise<VerifyReport> {
  const began = performance.now();
  const [stored, facts] = await Promise.all([
    openBackend(spec)
      .read()
      .catch(() => null),
    inspectServers(spec),
  ]);
  const { lockfile } = knownState(spec, facts, stored, pgmVersion());
  const servers = serverFacts(facts);
  if (servers === null)
    throw new UserError('both servers must be reachable to be compared', {
      kind: 'blocked',
      code: 'PGM101',
      hint: '`pgm plan` says what blocks it',
    });
  const depth = options.depth ?? (spec.verify === 'off' ? 'full' : spec.verify);
  const identity = {
    name: spec.name,
    depth,
    source: servers.source.systemIdentifier ?? '',
    target: servers.target.systemIdentifier ?? '',
  };
  const file =
    options.resume === true
      ? VerifyFile.resume<FinishedTable>(spec.path, identity)
      : VerifyFile.begin<FinishedTable>(spec.path, identity);
  const databases: VerifiedDatabase[] = [];
  for (const database of facts.databases) {
    if (database.target === null)
      throw new UserError(`database "${database.name}" is not on the target`, {
        kind: 'blocked',
        code: 'PGM844',
        hint: 'run `pgm apply` first',
      });
    databases.push(
      await compareOne(
        spec,
        database,
        servers.source,
        servers.target,
        {
          depth,
          values: options.values ?? false,
          stood: lockfile?.cutover?.stood?.[database.name] ?? [],
          signal: options.signal,
          finished: { before: file.finishedIn(database.name), note: finished => file.note(database.name, finished) },
          ...(options.bytesPerSecond === undefined ? {} : { bytesPerSecond: options.bytesPerSecond }),
        },
        progress,
      ),
    );
  }
  file.remove();
  return {
    format_version: 1,
    name: spec.name,
    depth,
    equal: databases.every(database => database.equal),
    databases,
    seconds: (performance.now() - began) / 1000,
  };
}
