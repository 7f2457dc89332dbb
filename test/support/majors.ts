import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findServerBinaries } from '../../src/cli/demo/server-binaries.js';

export type Major = 14 | 15 | 16 | 18;

/** The `bin` folder of a server, or undefined: 14, 16 and 18 from npm packages, 15 where Debian's own is installed. */
export function serverBin(major: Major): string | undefined {
  if (major !== 15) return findServerBinaries(major);
  const folder = '/usr/lib/postgresql/15/bin';
  return existsSync(folder) ? folder : undefined;
}

/** Major version of pg_dump here. It cannot dump a newer server: tests with such a source are skipped. */
export const clientMajor = Number(/ (\d+)/.exec(execFileSync('pg_dump', ['--version'], { encoding: 'utf8' }))?.[1]);

/** True when a server of this major can be started here and be a migration's source. */
export function canBeSource(major: Major): boolean {
  return serverBin(major) !== undefined && major <= clientMajor;
}
