import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newestServerBin } from '../../scripts/setup/newest-server.mjs';
import { findServerBinaries, type EmbeddedMajor } from '../../src/cli/demo/server-binaries.js';

export type Major = 12 | 13 | 14 | 15 | 16 | 17 | 18 | 19;

const older = new Set<Major>([12, 13, 15, 17]);

/**
 * The `bin` folder of a server, or undefined: from npm packages, 15 where Debian's own is installed; 12, 13 and 17 only
 * for Linux on x64, 19 from Debian's newer suites.
 */
export function serverBin(major: Major): string | undefined {
  if (major === 15) return existing('/usr/lib/postgresql/15/bin');
  return embeddedBin(major);
}

/** As {@link serverBin}, but never the system's own: into this one a test may put extensions. */
export function embeddedBin(major: Major): string | undefined {
  // npm run next-major: a server that nobody has yet stands in for one.
  if (String(major) === process.env['PGM_NEXT_MAJOR_FOR']) return existing(process.env['PGM_NEXT_MAJOR'] ?? '');
  if (major === 19) return existing(newestServerBin());
  if (older.has(major))
    return existing(fileURLToPath(new URL(`older-servers/node_modules/server-${major}/native/bin`, import.meta.url)));
  return findServerBinaries(major as EmbeddedMajor);
}

function existing(folder: string): string | undefined {
  return existsSync(folder) ? folder : undefined;
}

/** Major version of pg_dump here. It cannot dump a newer server: tests with such a source are skipped. */
export const clientMajor = Number(/ (\d+)/.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' }))?.[1]);

/** True when a server of this major can be started here and be a migration's source. */
export function canBeSource(major: Major): boolean {
  return serverBin(major) !== undefined && (major <= clientMajor || clientVariables(major).PGM_PG_BIN !== undefined);
}

/** What tells pgm, and nobody else, of the client programs that come with a server newer than those of the tests. */
export function clientVariables(source: Major): { readonly PGM_PG_BIN?: string } {
  const bin = source > clientMajor ? serverBin(source) : undefined;
  return bin === undefined ? {} : { PGM_PG_BIN: bin };
}
