import { withConnection } from '../postgres/connect.js';
import { dialledRole } from '../postgres/dial-conninfo.js';
import { reportError } from '../postgres/errors.js';
import { sqlstate as sqlstates } from '../postgres/sqlstate.js';
import type { Endpoint } from '../spec/spec.js';

/**
 * Logs in as the role that the other server is to dial as. @returns the server's words where it refuses the password;
 * null also where pgm is not let in from here, which says nothing of the other server
 */
export async function tryAdvertisedRole(endpoint: Endpoint, database: string): Promise<string | null> {
  if (endpoint.advertise.user === undefined) return null;
  const { connection } = endpoint;
  try {
    const conninfo = { ...connection, ...dialledRole(endpoint), sslcert: undefined, sslkey: undefined };
    await withConnection(conninfo, { purpose: 'dial', database }, () => Promise.resolve());
    return null;
  } catch (error) {
    const { sqlstate, message } = reportError(error);
    return sqlstate === sqlstates.invalidPassword ? message : null;
  }
}
