import { expect, it } from 'vitest';
import { problemsOfLockfile, problemsOfSbom } from '../../scripts/supply-chain-rules.mjs';

const good = {
  version: '1.0.0',
  resolved: 'https://registry.npmjs.org/a/-/a-1.0.0.tgz',
  integrity: `sha512-${'A'.repeat(86)}==`,
  license: 'MIT',
};
const problems = (entry: object): string[] =>
  problemsOfLockfile({ packages: { '': {}, 'node_modules/a': { ...good, ...entry } } });

it('takes packages of the registry with a checksum and a licence to pass on', () => {
  expect(problems({})).toEqual([]);
  expect(problems({ license: 'GPL-3.0', hasInstallScript: true, dev: true })).toEqual([]);
});

it.each([
  [{ resolved: 'git+ssh://git@github.com/a/a.git#1' }, 'comes from git+ssh'],
  [{ resolved: 'https://registry.npmjs.org.evil.example/a.tgz' }, 'not from https://registry.npmjs.org/'],
  [{ resolved: undefined, link: true }, 'comes from a folder'],
  [{ integrity: undefined }, 'no sha512 checksum'],
  [{ integrity: 'sha1-abc=' }, 'no sha512 checksum'],
  [{ integrity: undefined, dev: true }, 'no sha512 checksum'],
  [{ license: 'AGPL-3.0' }, 'licence AGPL-3.0'],
  [{ license: undefined }, 'licence unknown'],
  [{ hasInstallScript: true }, 'runs a script'],
])('refuses %j', (entry, words) => {
  expect(problems(entry).join('\n')).toContain(words);
});

it('misses packages in a bill of materials', () => {
  const lockfile = { packages: { '': {}, 'node_modules/@b/a': good } };
  expect(problemsOfSbom({ bomFormat: 'CycloneDX', components: [{ purl: 'pkg:npm/%40b/a@1.0.0' }] }, lockfile)).toEqual(
    [],
  );
  expect(problemsOfSbom({ bomFormat: 'CycloneDX', components: [] }, lockfile)).toHaveLength(1);
  expect(problemsOfSbom({}, lockfile)).toHaveLength(1);
});
