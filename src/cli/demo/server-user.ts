import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A system user by number, as `spawn` takes it. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom a server runs as: PostgreSQL refuses to run as root, so for root it is `postgres` or `nobody`.
 * undefined: the user we are.
 */
export function serverUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const account = accounts.find(([name]) => name === wanted);
    if (account !== undefined) return { uid: Number(account[2]), gid: Number(account[3]) };
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor a user nobody to run it as.',
  );
}

/** False where a folder above keeps other users out, as /root does. */
export function othersMayEnter(folder: string): boolean {
  const above = dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (above === folder || othersMayEnter(above));
}
