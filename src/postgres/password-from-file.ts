import type { Conninfo } from './conninfo.js';
import type { ConninfoProblem } from './conninfo-problem.js';
import type { Environment } from './environment.js';
import { findPassword } from './passfile.js';

/**
 * The password that the password file holds for the first of `hosts` it knows.
 * As in libpq, a file that others may read is not used; that is a warning, as is one that cannot be read.
 * @param named the file that passfile or PGPASSFILE names; else ~/.pgpass
 */
export function passwordFromFile(
  named: string | undefined,
  login: { readonly user: string; readonly database: string },
  hosts: Conninfo['hosts'],
  environment: Environment,
  problems: ConninfoProblem[],
): string | undefined {
  const path = named ?? (environment.home === undefined ? undefined : `${environment.home}/.pgpass`);
  if (path === undefined) return undefined;
  const warn = (message: string, hint?: string): undefined => {
    problems.push({ kind: 'file', severity: 'warning', message, keyword: 'passfile', ...(hint === undefined ? {} : { hint }) });
    return undefined;
  };

  let file: ReturnType<Environment['readFile']>;
  try {
    file = environment.readFile(path);
  } catch {
    return warn(`cannot read the password file ${path}`);
  }
  if (file === undefined) return named === undefined ? undefined : warn(`the password file ${path} does not exist`);
  if (environment.hasFileModes && (file.mode & 0o077) !== 0) {
    return warn(`the password file ${path} is not used: others than its owner have access to it`, `chmod 600 ${path}`);
  }
  for (const { host, port } of hosts) {
    const password = findPassword(file.text, { ...login, host, port });
    if (password !== undefined) return password;
  }
  return undefined;
}
