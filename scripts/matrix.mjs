// npm run matrix [-- --pairs 12-13,12-18] [-- --rights "superuser,SELECT only"] [-- --fresh] [-- --page] Runs
// migrations between servers of every pair of versions with every kind of rights, prints what came of each, and writes
// docs/matrix.md when every cell has a result. Results add up in .tmp/matrix.json, so it can be run in pieces; what no
// run here has a result of is taken from the page as it is. --fresh forgets both; --page runs nothing and only prints
// and writes what there is.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { matrixLines, matrixPage, resultsOfPage } from './matrix-page.mjs';

const file = new URL('../.tmp/matrix.json', import.meta.url).pathname;
const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    rights: { type: 'string' },
    fresh: { type: 'boolean' },
    page: { type: 'boolean' },
  },
});

if (values.fresh === true) rmSync(file, { force: true });
if (values.page !== true) {
  const environment = {
    ...process.env,
    PGM_MATRIX_RESULTS: file,
    PGM_MATRIX_PAIRS: values.pairs ?? '',
    PGM_MATRIX_RIGHTS: values.rights ?? '',
  };
  process.exitCode =
    spawnSync('npx', ['vitest', 'run', 'test/matrix'], { env: environment, stdio: ['ignore', 2, 2] }).status ?? 1;
}
if (!existsSync(file)) {
  console.error('There are no results yet.');
  process.exit(1);
}

const page = new URL('../docs/matrix.md', import.meta.url);
const run = JSON.parse(readFileSync(file, 'utf8'));
const before = values.fresh === true ? {} : resultsOfPage(readFileSync(page, 'utf8'));
const kept = Object.entries(before).filter(([cell]) => run.cells.includes(cell));
const matrix = { cells: run.cells, results: { ...Object.fromEntries(kept), ...run.results } };
for (const line of matrixLines(matrix)) console.log(line);
const missing = matrix.cells.filter(cell => matrix.results[cell] === undefined);
if (missing.length > 0)
  console.log(`\n${missing.length} of ${matrix.cells.length} cells were not run: docs/matrix.md is left as it is.`);
else {
  writeFileSync(page, matrixPage(matrix, readFileSync(new URL('../docs/findings.md', import.meta.url), 'utf8')));
  console.log('\ndocs/matrix.md is written.');
}
