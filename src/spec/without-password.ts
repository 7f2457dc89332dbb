import { UserError } from '../errors.js';
import type { Environment } from '../postgres/environment.js';
import { readConninfo } from '../postgres/resolve-conninfo.js';

/** Connections of a server that hold no password, and whether one was taken out. */
export interface WithoutPassword {
  readonly connection: string;
  readonly taken: boolean;
}

/**
 * A connection string as it may stand in a file: the password that somebody typed is taken out of it.
 * @throws UserError where one is left that cannot be taken out
 */
export function withoutPassword(connection: string): WithoutPassword {
  if (connection.includes('${') || !holdsPassword(connection)) return { connection, taken: false };
  const stripped = /^[a-z]+:\/\//i.test(connection)
    ? connection
        .replace(/^([a-z]+:\/\/[^:@/]*):[^@]*@/i, '$1@')
        .replace(/([?&])password=[^&]*&?/i, '$1')
        .replace(/[?&]$/, '')
    : connection.replace(/(^|\s)password\s*=\s*('(?:[^'\\]|\\.)*'|\S*)/i, '').trim();
  const readable = [connection, stripped].every(each => readConninfo(each, nothingElse).conninfo !== undefined);
  if (!readable || holdsPassword(stripped))
    throw new UserError('the password cannot be taken out of the connection', {
      kind: 'usage',
      code: 'PGM807',
      hint: 'give the connection without it: the password comes from the environment, ~/.pgpass or a service file',
    });
  return { connection: stripped, taken: true };
}

/** What the string itself says: nothing of this machine gets in. */
const nothingElse: Environment = {
  env: {},
  home: undefined,
  userName: 'nobody',
  hasFileModes: false,
  readFile: () => undefined,
  exists: () => false,
};

function holdsPassword(connection: string): boolean {
  const { conninfo } = readConninfo(connection, nothingElse);
  // What cannot be read is taken by its looks: better refused than written down.
  return conninfo === undefined ? /password\s*=|:\/\/[^@/]*:[^@]*@/i.test(connection) : conninfo.password !== undefined;
}
