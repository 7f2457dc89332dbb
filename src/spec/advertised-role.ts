import type { Conninfo } from '../postgres/conninfo.js';
import type { Environment } from '../postgres/environment.js';
import { passwordFromFile } from '../postgres/password-from-file.js';
import { Secret } from '../postgres/secret.js';
import { resolveBeside } from './beside.js';
import { mistake, type Mistake } from './mistake.js';
import type { SpecView } from './spec-view.js';

export interface AdvertisedRole {
  readonly password: Secret | undefined;
  readonly mistakes: readonly Mistake[];
}

/**
 * The password of the role that the other server is to dial as: from the spec, else from the password file. PGPASSWORD
 * and the connection's own are pgm's, and go nowhere with it.
 * @param folder the spec's folder
 */
export function readAdvertisedRole(
  view: SpecView,
  side: 'source' | 'target',
  conninfo: Conninfo | undefined,
  folder: string,
  environment: Environment,
): AdvertisedRole {
  const [user, password] = ['user', 'password'].map(key => view.text([side, 'advertise', key]));
  if (user === undefined) {
    if (password === undefined) return { password: undefined, mistakes: [] };
    const hint = 'Name the role under advertise too; the role of the connection has its password there.';
    return {
      password: undefined,
      mistakes: [mistake('PGMS047', password.span, `${side}.advertise has a password and no user`, hint)],
    };
  }
  if (password !== undefined && password.value !== '') return { password: new Secret(password.value), mistakes: [] };
  const passfile = view.text([side, 'passfile'])?.value;
  const named = passfile === undefined ? environment.env['PGPASSFILE'] : resolveBeside(folder, passfile);
  const login = { user: user.value, database: conninfo?.database ?? 'postgres' };
  // A file that cannot be used is told of with the connection.
  const found = passwordFromFile(named, login, conninfo?.hosts ?? [], environment, []);
  return { password: found === undefined ? undefined : new Secret(found), mistakes: [] };
}
