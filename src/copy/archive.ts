import { join } from 'node:path';
import type { Conninfo } from '../postgres/conninfo.js';
import { withKeeper } from '../postgres/keeper.js';
import { runKeptProgram, runProgram } from '../postgres/program.js';
import { parseList, parseScript, type ArchiveEntry } from './archive-script.js';

/** The schema of one database as pg_dump wrote it, in entries that can be run one by one. */
export interface Archive {
  /** Everything that comes before the data: schemas, types, functions, tables, views, defaults … */
  readonly preData: readonly ArchiveEntry[];
  /** Everything after it: indexes, constraints, triggers, rules, policies, publications … */
  readonly postData: readonly ArchiveEntry[];
}

export interface DumpOptions {
  readonly pgDump: string;
  readonly pgRestore: string;
  readonly conninfo: Conninfo;
  readonly database: string;
  /** An exported snapshot, so that the schema is of the same moment as the data. */
  readonly snapshot: string;
  /** The target takes some of its names only in quotes. */
  readonly quotesAll: boolean;
  /** What its session is called. */
  readonly purpose: string;
  readonly signal: AbortSignal;
}

/** Dumps the schema of a database at a snapshot; leaves no file behind, nor a session, also when pgm is killed. */
export async function dumpArchive(options: DumpOptions): Promise<Archive> {
  return withKeeper(async keeper => {
    const { pgDump, pgRestore, signal } = options;
    const file = join(await keeper.folder(), 'schema.dump');
    await runKeptProgram(keeper, {
      program: pgDump,
      argv: [
        '--schema-only',
        '--format=custom',
        '--compress=0',
        '--encoding=UTF8',
        '--no-password',
        '--lock-wait-timeout=60s',
        `--snapshot=${options.snapshot}`,
        ...(options.quotesAll ? ['--quote-all-identifiers'] : []),
        `--file=${file}`,
      ],
      connection: {
        conninfo: options.conninfo,
        database: options.database,
        purpose: options.purpose,
      },
      signal,
    });
    const restore = (...argv: readonly string[]): Promise<string> =>
      runProgram({ program: pgRestore, argv: [...argv, file], signal });
    const script = async (section: string): Promise<readonly ArchiveEntry[]> =>
      parseScript(await restore(`--section=${section}`, '--verbose', '--file=-'));
    const [preData, postData, list] = await Promise.all([
      script('pre-data'),
      script('post-data'),
      restore('--section=pre-data', '--section=post-data', '--list'),
    ]);
    assertComplete([...preData, ...postData], parseList(list));
    return { preData, postData };
  });
}

/**
 * Nothing may be missing, and nothing may pass for an entry that is none. The script has privileges last, the list has
 * not.
 */
function assertComplete(entries: readonly ArchiveEntry[], listed: readonly number[]): void {
  const [found, expected] = [entries.map(entry => entry.dumpId), listed].map(ids =>
    [...ids].sort((a, b) => a - b).join(' '),
  );
  if (found !== expected)
    throw new TypeError(
      `the script of pg_restore was not understood: it has ${entries.length} entries, its list ${listed.length}`,
    );
}
