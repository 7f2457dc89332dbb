import { readFileSync } from 'node:fs';

/** pgm's own version, as its package.json says. */
export function packageVersion(): string {
  return packageDescription().version;
}

/** The pinned version of a package that only tests and the demo use, as npm takes it after `NAME@`. */
export function developmentDependency(name: string): string {
  return packageDescription().devDependencies[name] ?? 'latest';
}

interface PackageDescription {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function packageDescription(): PackageDescription {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as PackageDescription;
}
