import { readFileSync } from 'node:fs';

/** pgm's own version, for plans, lockfiles and events. */
export function pgmVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
