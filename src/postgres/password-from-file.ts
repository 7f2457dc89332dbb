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
  const text = readPassfile(path, named !== undefined, environment, problems);
  if (text === undefined) return undefined;
  for (const { host, port } of hosts) {
    const password = findPassword(text, { ...login, host, port });
    if (password !== undefined) return password;
  }
  return undefined;
}

function readPassfile(
  path: string,
  mustExist: boolean,
  environment: Environment,
  problems: ConninfoProblem[],
): string | undefined {
  const warning = (message: string, hint?: string): void => {
    problems.push({
      kind: 'file',
      severity: 'warning',
      message,
      keyword: 'passfile',
      ...(hint === undefined ? {} : { hint }),
    });
  };
  try {
    const file = environment.readFile(path);
    const mayBeRead = file === undefined || !environment.hasFileModes || (file.mode & 0o077) === 0;
    if (mayBeRead && file !== undefined) return file.text;
    if (!mayBeRead)
      warning(`the password file ${path} is not used: others than its owner have access to it`, `chmod 600 ${path}`);
    else if (mustExist) warning(`the password file ${path} does not exist`);
  } catch {
    warning(`cannot read the password file ${path}`);
  }
  return undefined;
}
