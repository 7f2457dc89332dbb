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

/** Keys of all living suites (package debian-archive-keyring); without it apt's own trusted keys are used. */
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
export const loader = 'ld-linux-x86-64.so.2';

/** Beside the packages, so that what is unpacked serves every tree that shares them. */
const cache = () => join(realpathSync(join(root, 'node_modules')), '.cache');
export const unpackedFolder = name => join(cache(), name);

/**
 * Unpacks packages of Debian's newer suites beside their own C library, since an older system's is too old for them.
 * Nothing is installed. Where that cannot be done, it says what is skipped and goes on.
 * @param {{ name: string, suites: readonly string[], libraries: (apt: Apt) => readonly string[], packages: readonly string[], wrap: (folder: string) => void, skipped: string }} wish
 */
export function unpackFromDebian({ name, suites, libraries, packages, wrap, skipped }) {
  const home = unpackedFolder(name);
  if (existsSync(home) || !isPossible()) return;
  mkdirSync(cache(), { recursive: true });
  const work = mkdtempSync(join(cache(), 'unpacking-'));
  try {
    const apt = aptOf(work, suites);
    apt.run("fetching the lists of Debian's newer suites", ['update']);
    const needed = libraries(apt);
    apt.run('fetching libraries', ['-y', '--no-install-recommends', '--download-only', 'install', ...needed]);
    // By themselves: their dependencies besides libraries are scripts that choose among installed versions.
    apt.run(`fetching ${packages.join(' and ')}`, ['download', ...packages], join(work, 'archives'));
    const unpacked = join(work, 'unpacked');
    for (const file of readdirSync(join(work, 'archives')).filter(each => each.endsWith('.deb')))
      run(`unpacking ${file}`, ['dpkg-deb', '-x', join(work, 'archives', file), unpacked]);
    wrap(unpacked);
    chmodSync(unpacked, 0o755);
    if (!existsSync(home)) renameSync(unpacked, home);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`set-up: ${skipped} ${error.message}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function isPossible() {
  return (
    process.platform === 'linux' &&
    process.arch === 'x64' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version')
  );
}

/**
 * apt-get with lists and a status of its own, so that the machine's sources and packages stay as they are.
 * @typedef {{ run: (doing: string, argv: readonly string[], cwd?: string) => void, depends: (name: string) => readonly string[] }} Apt
 * @returns {Apt}
 */
function aptOf(work, suites) {
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(work, folder), { recursive: true });
  writeFileSync(join(work, 'status'), '');
  writeFileSync(join(work, 'sources.list'), suites.map(suite => `deb ${signed}${mirror()} ${suite} main\n`).join(''));
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
    ...(suites.length > 1 ? { 'APT::Default-Release': suites.at(-1) } : {}),
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return {
    run: (doing, argv, cwd) => run(doing, ['apt-get', '-q', ...options, ...argv], cwd === undefined ? {} : { cwd }),
    depends: name => {
      const { stdout } = spawnSync('apt-cache', [...options, 'show', name], { encoding: 'utf8' });
      const line = /^Depends: (.*)$/m.exec(stdout ?? '')?.[1];
      if (line === undefined) throw new SetupError(`Debian has no ${name}.`);
      return line.split(',').map(each => each.replace(/[(|].*/, '').trim());
    },
  };
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
