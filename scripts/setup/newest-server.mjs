import { chmodSync, mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loader, unpackFromDebian, unpackedFolder } from './debian-suites.mjs';
import { run } from './run.mjs';

/** The major that npm has no server of yet; the newest package there is is taken, a release or its candidate. */
const major = 19;
const name = `postgresql-${major}`;

/** Folder of server and client programs of the newest major. */
export function newestServerBin() {
  return join(unpackedFolder(name), 'bin');
}

/** For the tests: a server of the newest major from Debian's newer suites, with its own client programs. */
export function unpackNewestServer() {
  unpackFromDebian({
    name,
    suites: ['sid', 'experimental'],
    libraries: apt => [
      ...['libc6', 'libpq5', 'zlib1g', 'libreadline8t64'],
      ...apt.depends(name).filter(each => each.startsWith('lib')),
    ],
    packages: [name, `postgresql-client-${major}`],
    wrap: writeWrappers,
    skipped: `a server of PostgreSQL ${major} could not be had from Debian's newer suites; its tests are skipped.`,
  });
}

/**
 * A server finds its files from where its program lies, so the wrappers lie there, and the programs beside; `bin` leads
 * to them, so that a copy of the whole folder works as well.
 */
function writeWrappers(folder) {
  const place = join('usr', 'lib', 'postgresql', String(major), 'bin');
  mkdirSync(join(folder, 'programs'));
  for (const program of readdirSync(join(folder, place))) {
    const file = join(folder, place, program);
    if (!readFileSync(file).subarray(0, 4).equals(Buffer.from('\x7fELF', 'latin1'))) continue;
    renameSync(file, join(folder, 'programs', program));
    writeFileSync(
      file,
      `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
home=\${here%/${place}}
lib=$home/usr/lib/x86_64-linux-gnu
exec "$lib/${loader}" --library-path "$lib" --argv0 "$here/${program}" "$home/programs/${program}" "$@"
`,
    );
    chmodSync(file, 0o755);
  }
  symlinkSync(place, join(folder, 'bin'));
  // Where the servers of npm have it.
  mkdirSync(join(folder, 'share'));
  symlinkSync(join('..', 'usr', 'share', 'postgresql', String(major)), join(folder, 'share', 'postgresql'));
  for (const program of ['postgres', 'pg_dump'])
    run(`trying ${program} ${major}`, [join(folder, 'bin', program), '--version']);
}
