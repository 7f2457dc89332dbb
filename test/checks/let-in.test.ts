import { describe, expect, it } from 'vitest';
import { obstaclesOf, type LetInQuestion } from '../../src/checks/let-in.js';
import type { DatabaseListing, RoleFacts, ServerFacts } from '../../src/inspect/facts.js';
import type { SeenClient } from '../../src/state/lockfile.js';
import { rules } from './hba-rules.js';
import { setting, someClients, someServer } from './some-facts.js';

const client: SeenClient = {
  role: 'app',
  database: 'shop',
  address: '10.0.0.7',
  transport: 'plain',
  certificate: false,
  applications: [],
  peak: 3,
  last_seen: '2026-01-01',
};

const role = (more: Partial<RoleFacts> = {}): RoleFacts => ({
  name: 'app', superuser: false, inherit: true, createrole: false, createdb: false, canLogin: true, replication: false, bypassrls: false,
  connectionLimit: -1, validUntil: null, comment: null, passwordDigest: 'x', passwordForm: 'scram', settings: [], memberOf: [], ...more,
}); // prettier-ignore

const database = (more: Partial<DatabaseListing> = {}): DatabaseListing =>
  ({ name: 'shop', grants: null, allowsConnections: true, ...more }) as unknown as DatabaseListing;

interface Sides {
  readonly client?: Partial<SeenClient>;
  readonly here?: readonly string[];
  readonly there?: readonly string[] | null;
  readonly role?: RoleFacts | null;
  readonly database?: DatabaseListing;
  readonly ssl?: 'on' | 'off';
  readonly more?: Partial<LetInQuestion>;
}

function kinds(sides: Sides): readonly string[] {
  const server = (lines: readonly string[] | null, own: RoleFacts | null, serverAddress: string): ServerFacts =>
    someServer({
      hba: lines === null ? null : rules(...lines),
      roles: own === null ? [] : [own],
      databases: [sides.database ?? database()],
      clients: someClients({ serverAddress }),
      settings: { ssl: setting(sides.ssl ?? 'on', 'sighup') },
    });
  return obstaclesOf({
    client: { ...client, ...sides.client },
    leader: server(sides.here ?? ['host all all all md5'], role(), '10.0.0.1'),
    follower: server(
      sides.there === undefined ? ['host all all all scram-sha-256'] : sides.there,
      sides.role === undefined ? role() : sides.role,
      '10.0.0.2',
    ),
    copiesRoles: true,
    shut: [],
    ...sides.more,
  }).map(({ kind }) => kind);
}

const onlyBob = [{ grantee: 'bob', grantor: 'postgres', privilege: 'CONNECT', grantable: false }];

describe('who is let in', () => {
  it.each<[string, Sides, readonly string[]]>([
    ['a password in the form that is asked for', {}, []],
    ['an md5 hash where scram is asked for', { role: role({ passwordForm: 'md5' }) }, ['wrong-hash']],
    [
      'an md5 hash where md5 is asked for',
      { role: role({ passwordForm: 'md5' }), there: ['host all all all md5'] },
      [],
    ],
    ['a scram hash where md5 is asked for', { there: ['host all all all md5'] }, []],
    ['no password where one is asked for', { role: role({ passwordForm: 'none' }) }, ['no-password']],
    [
      'no password where none is asked for',
      { role: role({ passwordForm: 'none' }), there: ['host all all all trust'] },
      [],
    ],
    ['a password that has expired', { role: role({ expired: true }) }, ['expired']],
    [
      'an expired password that nobody asks for',
      { role: role({ expired: true }), there: ['host all all all trust'] },
      [],
    ],
    ['no LOGIN', { role: role({ canLogin: false }) }, ['no-login']],
    ['no line', { there: ['host all bob all trust'] }, ['no-rule']],
    ['a line that rejects', { there: ['host all all 10.0.0.0|255.0.0.0 reject'] }, ['rejected']],
    ['a role that pgm makes', { role: null }, []],
    ['a role that nobody makes', { role: null, more: { copiesRoles: false } }, ['no-role']],
    ['trusted here and asked there', { here: ['host all all all trust'] }, ['asks-password']],
    ['no CONNECT', { database: database({ grants: onlyBob }) }, ['no-connect']],
    [
      'CONNECT by a role that it is in',
      {
        database: database({ grants: onlyBob }),
        role: role({ memberOf: [{ role: 'bob', admin: false, inherit: true, set: true, grantor: null }] }),
      },
      [],
    ],
    ['a superuser without CONNECT', { database: database({ grants: [] }), role: role({ superuser: true }) }, []],
    [
      'CONNECT that a switch took and gives back',
      {
        database: database({ grants: [] }),
        more: { shut: [{ database: 'shop', readOnly: null, connect: [''] }] },
      },
      [],
    ],
    ['a database that takes no connections', { database: database({ allowsConnections: false }) }, ['closed-database']],
    ['TLS where there is none', { client: { transport: 'tls' }, ssl: 'off' }, ['no-tls']],
    ['plain where TLS is asked for', { there: ['hostssl all all all scram-sha-256'] }, ['tls-only']],
    ['plain where there is no TLS, and no line', { there: ['hostssl all all all md5'], ssl: 'off' }, ['no-rule']],
    [
      'a certificate that is not shown',
      { client: { transport: 'tls' }, there: ['hostssl all all all cert'] },
      ['asks-certificate'],
    ],
    [
      'a certificate beside the password',
      { client: { transport: 'tls' }, there: ['hostssl all all all md5 clientcert=verify-full'] },
      ['asks-certificate'],
    ],
    [
      'a certificate that is shown',
      { client: { transport: 'tls', certificate: true }, there: ['hostssl all all all cert'] },
      [],
    ],
    ['LDAP', { there: ['host all all all ldap'] }, ['asks-others']],
    ['a host name that lets in', { there: ['host all all db.example.com md5'] }, ['perhaps']],
    [
      'a host name before a line that lets in, too',
      { there: ['host all all db.example.com md5', 'host all all all md5'] },
      [],
    ],
    [
      'a host name that rejects before a line that lets in',
      { there: ['host all all db.example.com reject', 'host all all all md5'] },
      ['perhaps'],
    ],
    ['nothing known of the lines', { there: null }, []],
    ['nothing known of the lines, no LOGIN', { there: null, role: role({ canLogin: false }) }, ['no-login']],
    ['a socket', { client: { transport: 'socket', address: null } }, ['socket']],
    ['what this role does not see', { client: { transport: 'unknown', address: null } }, []],
    [
      'what this role does not see, and no line',
      { client: { transport: 'unknown', address: null }, there: [] },
      ['no-rule'],
    ],
    [
      'on the source’s own machine: it comes from there',
      { client: { address: '127.0.0.1' }, there: ['host all all 10.0.0.1|255.255.255.255 md5'] },
      [],
    ],
  ])('%s', (_, sides, expected) => {
    expect(kinds(sides)).toEqual(expected);
  });
});
