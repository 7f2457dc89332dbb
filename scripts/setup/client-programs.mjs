import { existsSync } from 'node:fs';
import { SetupError, output, run } from './run.mjs';

const programs = ['pg_dump', 'pg_restore', 'psql'];

/** The demo's source server is a 14, and pg_dump refuses a server newer than itself. */
const oldestMajor = 14;

/** pg_dump, pg_restore and psql: installed where that is ours to do, else a message that says how. */
export function installClientPrograms() {
  if (present()) return;
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('fetching the package lists', ['apt-get', 'update', '-q'], { env });
    run(
      'installing pg_dump, pg_restore and psql',
      ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'postgresql-client'],
      { env },
    );
    if (present()) return;
  }
  throw new SetupError(
    `pg_dump, pg_restore and psql of PostgreSQL ${oldestMajor} or newer are ` +
      `needed. Install them with:\n\n  ${command()}\n`,
  );
}

function present() {
  return programs.every(program => {
    const version = /\b(\d+)(\.|devel|beta|rc|$|\s)/.exec(output(program, '--version') ?? '');
    return version !== null && Number(version[1]) >= oldestMajor;
  });
}

/** What to type on this system. */
function command() {
  if (process.platform === 'darwin') return 'brew install libpq && brew link --force libpq';
  if (process.platform === 'win32') return 'winget install PostgreSQL.PostgreSQL.17';
  if (existsSync('/etc/debian_version')) return 'sudo apt-get update && sudo apt-get install -y postgresql-client';
  if (output('dnf', '--version') !== undefined) return 'sudo dnf install -y postgresql';
  if (output('apk', '--version') !== undefined) return 'sudo apk add postgresql-client';
  if (output('pacman', '--version') !== undefined) return 'sudo pacman -S --needed postgresql-libs';
  if (output('zypper', '--version') !== undefined) return 'sudo zypper install -y postgresql';
  return 'see https://www.postgresql.org/download/';
}
