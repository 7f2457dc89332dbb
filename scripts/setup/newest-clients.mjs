import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loader, unpackFromDebian, unpackedFolder } from './debian-suites.mjs';
import { run } from './run.mjs';

/** Newest released major that the tests use as a source: pg_dump reads no server newer than itself. */
const major = 18;
const programs = ['pg_dump', 'pg_restore', 'pg_dumpall', 'psql'];
const name = `postgresql-client-${major}`;

/** Folder of the newest client programs. */
export function newestClientsBin() {
  return join(unpackedFolder(name), 'bin');
}

/** For the tests: pg_dump and its kin from Debian's newer suites. */
export function unpackNewestClients() {
  unpackFromDebian({
    name,
    suites: ['sid'],
    libraries: () => ['libc6', 'libpq5', 'liblz4-1', 'libzstd1', 'zlib1g', 'libreadline8t64'],
    packages: [name],
    wrap: writeWrappers,
    skipped:
      `client programs of PostgreSQL ${major} could not be had from Debian's newer suites; ` +
      `tests with a newer source than the system's pg_dump are skipped.`,
  });
}

/**
 * Each program by the loader of its own C library, without another program started on the way; the name it is called by
 * lets pg_dumpall find pg_dump beside it.
 */
function writeWrappers(folder) {
  mkdirSync(join(folder, 'bin'), { recursive: true });
  for (const program of programs) {
    const file = join(folder, 'bin', program);
    const lib = '"$home/usr/lib/x86_64-linux-gnu';
    writeFileSync(
      file,
      `#!/bin/sh
home=\${0%/*}/..
exec ${lib}/${loader}" --library-path ${lib}" --argv0 "$home/bin/${program}" "$home/usr/lib/postgresql/${major}/bin/${program}" "$@"
`,
    );
    chmodSync(file, 0o755);
    run(`trying ${program} ${major}`, [file, '--version']);
  }
}
