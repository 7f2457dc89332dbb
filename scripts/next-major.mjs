// npm run next-major -- DIR_OF_BINARIES What changes for pgm with a server that npm and the tests do not have:
// DIR_OF_BINARIES holds its postgres, initdb, pg_dump … It stands in for the newest major that the tests know in matrix
// and fidelity, and for the target in the short form of the faults. Prints what the server has and has not beside the
// newest that is known, then each test that fails, with its reason. The tests put an extension of their own into the
// server's share folder.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { newestServerBin } from './setup/newest-server.mjs';
import { changes, failures } from './next-major-report.mjs';

const folder = resolve(process.argv[2] ?? '');
if (process.argv[2] === undefined || !existsSync(join(folder, 'postgres'))) {
  console.error('usage: npm run next-major -- DIR_OF_BINARIES    the folder that holds postgres and pg_dump');
  process.exit(2);
}
const known = newestServerBin();
const root = new URL('..', import.meta.url).pathname;
const results = join(root, '.tmp', 'next-major');
rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });

const version = execFileSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }).trim();
console.log(
  `${version}, ` +
    `beside ${existsSync(known) ? execFileSync(join(known, 'postgres'), ['--version'], { encoding: 'utf8' }).trim() : 'nothing'}\n`,
);
if (existsSync(known)) for (const line of changes(facts(known), facts(folder))) console.log(line);

/** Each with the major that the server stands in for. */
const runs = [
  {
    name: 'matrix',
    files: ['test/matrix'],
    instead: 19,
    env: { PGM_MATRIX_RESULTS: join(results, 'matrix.json'), PGM_MATRIX_PAIRS: '14-19,18-19,19-19' },
  },
  {
    name: 'fidelity',
    files: ['test/fidelity/everything', 'test/inspect/kinds'],
    instead: 19,
    env: { PGM_FIDELITY: 'all' },
  },
  { name: 'faults', files: ['test/faults'], instead: 18, env: {} },
];
let failed = 0;
for (const { name, files, instead, env } of runs) {
  const report = join(results, `${name}.json`);
  console.log(`\n${name}: ${version} instead of ${instead} …`);
  spawnSync('npx', ['vitest', 'run', ...files, '--reporter=json', `--outputFile=${report}`], {
    cwd: root,
    env: { ...process.env, ...env, PGM_NEXT_MAJOR: folder, PGM_NEXT_MAJOR_FOR: String(instead) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!existsSync(report)) {
    console.log('  nothing was run');
    failed++;
    continue;
  }
  const { passed, lines } = failures(JSON.parse(readFileSync(report, 'utf8')));
  failed += lines.length;
  for (const line of lines) console.log(`  ${line}`);
  console.log(`  ${passed} passed, ${lines.length} differ`);
}
process.exitCode = failed === 0 ? 0 : 1;

/** Of a server that does not run: its settings, and what its bootstrap file says of catalogs. */
function facts(bin) {
  // The server refuses to do even this as root.
  const argv = [join(bin, 'postgres'), '--describe-config'];
  const [program = '', ...rest] =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...argv] : argv;
  const settings = execFileSync(program, rest, { encoding: 'utf8', cwd: '/' });
  const share = execFileSync(join(bin, 'pg_config'), ['--sharedir'], { encoding: 'utf8' }).trim();
  const beside = resolve(bin, '..', 'share', 'postgresql');
  const file = [share, beside].map(each => join(each, 'postgres.bki')).find(existsSync);
  return { settings, catalogs: file === undefined ? '' : readFileSync(file, 'utf8') };
}
