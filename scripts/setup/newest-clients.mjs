import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { SetupError, root, run } from './run.mjs';

/** Newest major that the tests use as a source: pg_dump reads no server newer than itself. */
const major = 18;
const programs = ['pg_dump', 'pg_restore', 'pg_dumpall', 'psql'];
const libraries = ['libc6', 'libpq5', 'liblz4-1', 'libzstd1', 'zlib1g', 'libreadline8t64'];
/** Keys of all living suites (package debian-archive-keyring); without it apt's own trusted keys are used. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const loader = 'ld-linux-x86-64.so.2';

/** Folder of the newest client programs; beside the packages, so that it serves every tree that shares them. */
export function newestClientsBin() {
  return join(home(), 'bin');
}

const cache = () => join(realpathSync(join(root, 'node_modules')), '.cache');
const home = () => join(cache(), `postgresql-client-${major}`);

/**
 * For the tests: pg_dump and its kin from Debian's newer suites, unpacked beside their own C library, since an older
 * system's is too old for them. Nothing is installed. Where that cannot be done, tests with newer sources are skipped.
 */
export function unpackNewestClients() {
  if (existsSync(newestClientsBin())) return;
  if (
    process.platform !== 'linux' ||
    process.arch !== 'x64' ||
    process.getuid?.() !== 0 ||
    !existsSync('/etc/debian_version')
  )
    return;
  mkdirSync(cache(), { recursive: true });
  const work = mkdtempSync(join(cache(), 'unpacking-'));
  try {
    fetchPackages(work);
    const unpacked = join(work, 'unpacked');
    for (const file of packages(work))
      run(`unpacking ${file}`, ['dpkg-deb', '-x', join(work, 'archives', file), unpacked]);
    writeWrappers(unpacked);
    chmodSync(unpacked, 0o755);
    if (!existsSync(home())) renameSync(unpacked, home());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(
      `set-up: client programs of PostgreSQL ${major} could not be had from Debian's newer suites; tests with a newer source than the system's pg_dump are skipped. ${error.message}`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** With lists and a status of its own, so that the machine's sources and packages stay as they are. */
function fetchPackages(work) {
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(work, folder), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  writeFileSync(join(work, 'sources.list'), `deb ${signed}${mirror()} sid main\n`);
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': work,
    'Dir::Cache::archives': join(work, 'archives'),
    'Acquire::Languages': 'none',
    'Acquire::http::Timeout': '20',
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
  };
  const options = ['-q', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
  run("fetching the lists of Debian's newer suites", ['apt-get', ...options, 'update']);
  run('fetching libraries', [
    'apt-get',
    ...options,
    '-y',
    '--no-install-recommends',
    '--download-only',
    'install',
    ...libraries,
  ]);
  // By itself: its dependencies besides libraries are scripts that choose among installed versions.
  run(`fetching pg_dump ${major}`, ['apt-get', ...options, 'download', `postgresql-client-${major}`], {
    cwd: join(work, 'archives'),
  });
}

/** Where the machine's own configuration gets Debian from. */
function mirror() {
  const { stdout } = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(SITE)|$(ORIGIN)|$(LABEL)', 'Identifier: Packages'],
    { encoding: 'utf8' },
  );
  const found = (stdout ?? '')
    .split('\n')
    .map(line => line.split('|'))
    .find(([, origin, label]) => origin === 'Debian' && label === 'Debian');
  if (found === undefined) throw new SetupError('No fetched list of this machine is of Debian: run apt-get update.');
  return found[0];
}

const packages = work => readdirSync(join(work, 'archives')).filter(name => name.endsWith('.deb'));

/** Each program by the loader of its own C library, without another program started on the way; the name it is called by lets pg_dumpall find pg_dump beside it. */
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
