// Puts one mistake after another into the pure rooms and counts those that a unit test notices.
//   npm run mutation -- [folders or files of src] [--every N] [--min 85]
// `--every 5` takes each fifth mutant. Survivors are listed with file, line and what was changed.
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { instrument } from './mutation/instrument.mjs';

const pureRooms = ['src/plan', 'src/checks', 'src/state', 'src/replication'];
const { values, positionals } = parseArgs({
  options: { every: { type: 'string', default: '1' }, min: { type: 'string', default: '0' } },
  allowPositionals: true,
});
const chosen = positionals.length === 0 ? pureRooms : positionals;
const root = resolve(import.meta.dirname, '..');
const folder = join(tmpdir(), `pgm-mutation-${process.pid}`);

const filesBelow = place =>
  readdirSync(join(root, place), { recursive: true })
    .map(name => join(place, name))
    .filter(name => name.endsWith('.ts'));
const texts = new Map(
  [...filesBelow('src'), ...filesBelow('test')].map(file => [file, readFileSync(join(root, file), 'utf8')]),
);

/** Every file that one imports, directly or not. */
const uses = new Map();
function usesOf(file) {
  const known = uses.get(file);
  if (known !== undefined) return known;
  const all = new Set([file]);
  uses.set(file, all);
  for (const [, from] of (texts.get(file) ?? '').matchAll(/^(?:import|export|\} from)(?! type)[^;]*?'(\.[^']+)';/gms))
    for (const each of usesOf(join(dirname(file), from).replace(/\.js$/, '.ts'))) all.add(each);
  return all;
}

/**
 * Those that speak to a server, are given a connection to one, or read files wait for others: unit tests alone cannot
 * reach them.
 */
const isPure = text =>
  !/from '(node:(fs|net|timers)|pg|.*\/postgres\/connect(ion)?\.js')/.test(text.replaceAll(/^import type.*$/gm, '')) &&
  !/^import type \{[^}]*\bConnection\b[^}]*\} from '.*\/postgres\/connection\.js'/m.test(text);

const mutants = [];
const mutated = new Map();
for (const [file, text] of texts) {
  if (
    !chosen.some(each => file === each || file.startsWith(`${each}/`)) ||
    file.includes('.generated.') ||
    !isPure(text)
  )
    continue;
  const made = instrument(text, file, mutants.length + 1);
  mutated.set(file, made.text);
  mutants.push(...made.mutants.map(mutant => ({ ...mutant, file })));
}
const tried = mutants.filter(({ id }) => id % Number(values.every) === 0);
const tests = [...texts.keys()]
  .filter(file => /^test\/(?!e2e|integration).*(?<!\.server)\.test\.ts$/.test(file))
  .map(file => ({ file, uses: [...usesOf(file)].filter(each => mutated.has(each)) }))
  .filter(each => each.uses.length > 0);

mkdirSync(folder, { recursive: true });
try {
  for (const name of ['schemas', 'examples', 'package.json', 'scripts', 'test/state/format-1'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, text] of texts) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const harness = relative(dirname(file), 'harness.js');
    writeFileSync(
      join(folder, file),
      mutated.get(file) ?? (file.endsWith('.test.ts') ? text.replace("from 'vitest'", `from '${harness}'`) : text),
    );
  }
  cpSync(join(root, 'test/mutation/harness.ts'), join(folder, 'harness.ts'));
  cpSync(join(root, 'test/mutation/driver.ts'), join(folder, 'driver.test.ts'));
  writeFileSync(
    join(folder, 'task.json'),
    JSON.stringify({ folder, result: join(folder, 'result.json'), mutants: tried, tests }),
  );
  process.chdir(folder);
  const vitest = await startVitest('test', [], {
    root: folder,
    config: false,
    watch: false,
    include: ['driver.test.ts'],
    pool: 'forks',
    reporters: [],
    testTimeout: 0,
    teardownTimeout: 1000,
  });
  const failure = vitest.state.getFiles().flatMap(file => file.tasks.flatMap(task => task.result?.errors ?? []))[0];
  await vitest.close();
  if (failure !== undefined) throw new Error(failure.stack ?? failure.message);
  process.exitCode = report(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')));
} finally {
  process.chdir(root);
  rmSync(folder, { recursive: true, force: true });
}

function report({ survivors, unusable }) {
  for (const name of unusable) console.log(`not used: ${name}`);
  const survived = new Map(survivors.map(each => [each.id, each]));
  const oneLine = text => (text === '' ? 'left out' : text.replaceAll(/\s+/g, ' ').slice(0, 90));
  for (const { id, file, line, was, is } of tried.filter(each => survived.has(each.id)))
    console.log(
      `${file}:${line}  ${oneLine(was)}  ->  ${oneLine(is)}${survived.get(id).covered ? '' : '  (no test comes here)'}`,
    );
  const share = (all, left) => `${(100 * (1 - left / Math.max(1, all))).toFixed(1)} % of ${all}`;
  for (const file of new Set(tried.map(each => each.file))) {
    const its = tried.filter(each => each.file === file);
    console.log(`${share(its.length, its.filter(each => survived.has(each.id)).length).padStart(15)}  ${file}`);
  }
  const score = 100 * (1 - survivors.length / Math.max(1, tried.length));
  console.log(`killed ${share(tried.length, survivors.length)} mutants`);
  return score < Number(values.min) ? 1 : 0;
}
