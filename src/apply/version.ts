import { readFileSync } from 'node:fs';
import { packageFile } from '../package-file.js';

/** pgm's own version, for plans, lockfiles and events. */
export function pgmVersion(): string {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
  return version;
}
