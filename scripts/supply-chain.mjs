// What pgm is made of: every package comes from the registry with its checksum, those that users get have a licence
// that we may pass on and run nothing when installed, and the list of them (CycloneDX) can be made. `node
// scripts/supply-chain.mjs FILE` writes that list there. Ends with 1 and a line for each that does not hold. `npm
// audit` is asked where the registry answers.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { problemsOfLockfile, problemsOfSbom, shippedPart, withoutChecksum } from './supply-chain-rules.mjs';

const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const problems = problemsOfLockfile(lockfile);

// Not with --omit=dev: npm then leaves out what packages for development need too [npm 10 and 11, seen with pg].
const whole = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--package-lock-only'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  }),
);
const sbom = shippedPart(whole, lockfile);
problems.push(...problemsOfSbom(sbom, lockfile));
const [, , file] = process.argv;
if (file !== undefined) writeFileSync(file, `${JSON.stringify(sbom, null, 2)}\n`);

const audit = spawnSync('npm', ['audit', '--omit=dev', '--json'], { encoding: 'utf8', timeout: 60_000 });
const found = readAudit(audit.stdout);
if (found === null) console.log('npm audit: the registry does not answer, not looked at');
else {
  console.log(`npm audit: ${found.length === 0 ? 'nothing known' : found.join(', ')}`);
  problems.push(...found.map(name => `${name}: npm audit knows a weakness of it`));
}

for (const problem of problems) console.error(problem);
const unchecked = withoutChecksum.filter(
  path => path in lockfile.packages && lockfile.packages[path].integrity === undefined,
);
if (unchecked.length > 0)
  console.log(`${unchecked.length} servers for tests on other platforms have no checksum in the lockfile`);
const shipped = sbom.components.length;
console.log(`${shipped} packages come with pgm, ${Object.keys(lockfile.packages).length - 1} in the lockfile`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** Names of packages with a known weakness; null: no answer. */
function readAudit(text) {
  try {
    const { vulnerabilities } = JSON.parse(text);
    return vulnerabilities === undefined ? null : Object.keys(vulnerabilities);
  } catch {
    return null;
  }
}
