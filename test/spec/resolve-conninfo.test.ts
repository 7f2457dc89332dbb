import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { describeConninfo } from '../../src/postgres/conninfo.js';
import { ConninfoError } from '../../src/postgres/conninfo-problem.js';
import { readConninfo, resolveConninfo, type ConninfoFields } from '../../src/postgres/resolve-conninfo.js';
import { fakeEnvironment } from './environment.js';

const password = (input: string | ConninfoFields, environment = fakeEnvironment()): string | undefined =>
  resolveConninfo(input, environment).password?.reveal();
const messages = (input: string | ConninfoFields, environment = fakeEnvironment()): string[] =>
  readConninfo(input, environment).problems.map(problem => problem.message);

describe('defaults', () => {
  test('are those of libpq, but the database is postgres', () => {
    expect(resolveConninfo('postgres://', fakeEnvironment())).toEqual({
      hosts: [{ host: '/tmp', port: 5432 }],
      user: 'me',
      database: 'postgres',
      password: undefined,
      sslmode: 'prefer',
      sslrootcert: undefined,
      sslcert: undefined,
      sslkey: undefined,
      connectTimeout: undefined,
      targetSessionAttrs: 'any',
      options: undefined,
    });
  });

  test("Debian's socket folder is taken where it is", () => {
    expect(resolveConninfo('user=x', fakeEnvironment({}, { '/var/run/postgresql': { text: '' } })).hosts).toEqual([
      { host: '/var/run/postgresql', port: 5432 },
    ]);
  });

  test('come from the environment', () => {
    const env = {
      PGHOST: 'h',
      PGPORT: '5433',
      PGUSER: 'u',
      PGDATABASE: 'd',
      PGPASSWORD: 'p',
      PGSSLMODE: 'require',
      PGCONNECT_TIMEOUT: '3',
      PGOPTIONS: '-c x=1',
      PGTARGETSESSIONATTRS: 'primary',
    };
    const conninfo = resolveConninfo('postgres://', fakeEnvironment(env));
    expect(conninfo).toMatchObject({
      hosts: [{ host: 'h', port: 5433 }],
      user: 'u',
      database: 'd',
      sslmode: 'require',
      connectTimeout: 3,
      options: '-c x=1',
      targetSessionAttrs: 'primary',
    });
    expect(conninfo.password?.reveal()).toBe('p');
    expect(resolveConninfo('postgres://a:b@c:1/e?sslmode=disable', fakeEnvironment(env))).toMatchObject({
      hosts: [{ host: 'c', port: 1 }],
      user: 'a',
      database: 'e',
      sslmode: 'disable',
    });
  });

  test('of the environment do not count when empty', () => {
    expect(resolveConninfo('host=h', fakeEnvironment({ PGUSER: '', PGPORT: '' }))).toMatchObject({
      user: 'me',
      hosts: [{ host: 'h', port: 5432 }],
    });
  });

  test('certificates lie in ~/.postgresql', () => {
    const files = {
      '/home/me/.postgresql/root.crt': { text: '' },
      '/home/me/.postgresql/postgresql.crt': { text: '' },
      '/home/me/.postgresql/postgresql.key': { text: '' },
    };
    expect(resolveConninfo('host=h', fakeEnvironment({}, files))).toMatchObject({
      sslrootcert: '/home/me/.postgresql/root.crt',
      sslcert: '/home/me/.postgresql/postgresql.crt',
      sslkey: '/home/me/.postgresql/postgresql.key',
    });
    expect(resolveConninfo('host=h sslmode=disable', fakeEnvironment({}, files)).sslrootcert).toBeUndefined();
  });
});

describe('hosts', () => {
  test.each([
    [
      'host=a,b port=1,2',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 2 },
      ],
    ],
    [
      'host=a,b port=7',
      [
        { host: 'a', port: 7 },
        { host: 'b', port: 7 },
      ],
    ],
    [
      'host=a,b',
      [
        { host: 'a', port: 5432 },
        { host: 'b', port: 5432 },
      ],
    ],
    [
      'postgres://a:1,b,[::1]:3/',
      [
        { host: 'a', port: 1 },
        { host: 'b', port: 5432 },
        { host: '::1', port: 3 },
      ],
    ],
    [
      'host=a, port=1,2',
      [
        { host: 'a', port: 1 },
        { host: '/tmp', port: 2 },
      ],
    ],
  ])('%s', (text, hosts) => {
    expect(resolveConninfo(text, fakeEnvironment()).hosts).toEqual(hosts);
  });

  test.each([
    ['host=a,b,c port=1,2', 'there are 2 ports for 3 hosts'],
    ['host=a port=0', 'port must be a whole number from 1 to 65535'],
    ['host=a port=65536', 'port must be a whole number from 1 to 65535'],
    ['postgres://a:b/', 'port must be a whole number from 1 to 65535'],
  ])('%s is refused', (text, message) => {
    expect(messages(text)).toEqual([message]);
  });
});

describe('fields', () => {
  test('stand for keywords, the password as it is', () => {
    const fields = {
      host: 'h',
      port: 1,
      user: 'u',
      password: 'p%40@:/ \'"\\',
      database: 'd',
      sslmode: 'verify-full',
      sslrootcert: '/ca',
    };
    const conninfo = resolveConninfo(fields, fakeEnvironment());
    expect(conninfo).toMatchObject({
      hosts: [{ host: 'h', port: 1 }],
      user: 'u',
      database: 'd',
      sslmode: 'verify-full',
      sslrootcert: '/ca',
    });
    expect(conninfo.password?.reveal()).toBe(fields.password);
  });

  test('add what the connection string leaves out', () => {
    expect(password({ connection: 'postgres://u@h/d', password: 'p@ss' })).toBe('p@ss');
  });

  test('must not contradict the connection string', () => {
    expect(messages({ connection: 'postgres://u@h/d', user: 'other' })).toEqual([
      'user is given twice, in the connection string and as a field, and differs',
    ]);
    expect(messages({ connection: 'postgres://u@h/d', database: 'other' })).toEqual([
      expect.stringMatching(/^database is given twice/),
    ]);
    expect(messages({ connection: 'postgres://u@h/d', user: 'u' })).toEqual([]);
  });
});

describe('wrong descriptions', () => {
  test.each([
    ['hots=a', 'unknown connection keyword "hots"', 'Did you mean "host"?'],
    ['postgres://h/d?sslmod=require', 'unknown connection keyword "sslmod"', 'Did you mean "sslmode"?'],
    ['database=x', 'unknown connection keyword "database"', 'Did you mean "dbname"?'],
    ['host=h sslmode=on', 'sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full', undefined],
    ['host=h sslmode=', 'sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full', undefined],
    [
      'postgres://h/?sslmode=',
      'sslmode must be one of disable, allow, prefer, require, verify-ca, verify-full',
      undefined,
    ],
    ['hostaddr=127.0.0.1', 'pgm does not support the connection keyword "hostaddr"', 'Give the address as host.'],
    ['   ', 'the connection string is empty', undefined],
    [
      'mysql://h/d',
      '"mysql://" is not a PostgreSQL connection',
      'A connection URI begins with postgres:// or postgresql://.',
    ],
    ['host=h connect_timeout=soon', 'connect_timeout must be a whole number from 0 to 2147483', undefined],
    [
      'host=h target_session_attrs=rw',
      'target_session_attrs must be one of any, read-write, read-only, primary, standby, prefer-standby',
      undefined,
    ],
  ])('%s', (text, message, hint) => {
    const { conninfo, problems } = readConninfo(text, fakeEnvironment());
    expect(conninfo).toBeUndefined();
    expect(problems).toMatchObject([{ severity: 'error', message }]);
    expect(problems[0]?.hint).toBe(hint);
  });

  test('are told all at once', () => {
    expect(messages('hots=a portt=1 sslmode=x')).toHaveLength(3);
    expect(() => resolveConninfo('hots=a portt=1', fakeEnvironment())).toThrow(ConninfoError);
  });

  test.each([
    ['channel_binding', 'PGCHANNELBINDING', 'require', 'prefer'],
    ['gssencmode', 'PGGSSENCMODE', 'require', 'disable'],
    ['requirepeer', 'PGREQUIREPEER', 'postgres', ''],
    ['sslcrldir', 'PGSSLCRLDIR', '/crl', ''],
    ['sslnegotiation', 'PGSSLNEGOTIATION', 'direct', 'postgres'],
    ['sslcertmode', 'PGSSLCERTMODE', 'require', 'allow'],
    ['ssl_min_protocol_version', 'PGSSLMINPROTOCOLVERSION', 'TLSv1.3', 'TLSv1.2'],
    ['ssl_max_protocol_version', 'PGSSLMAXPROTOCOLVERSION', 'TLSv1.2', 'TLSv1.3'],
    ['requiressl', 'PGREQUIRESSL', '1', '0'],
    ['require_auth', 'PGREQUIREAUTH', 'gss', 'scram-sha-256'],
    ['require_auth', 'PGREQUIREAUTH', 'md5,!password', '!password,!md5'],
    ['require_auth', 'PGREQUIREAUTH', 'scram', 'none'],
  ])('%s (%s) is kept or refused, wherever it comes from: %s', (keyword, variable, demanded, harmless) => {
    const service = fakeEnvironment(
      { PGSERVICEFILE: '/services' },
      { '/services': { text: `[s]\nhost=h\n${keyword}=${demanded}\n` } },
    );
    for (const read of [
      readConninfo(`host=h ${keyword}='${demanded}'`, fakeEnvironment()),
      readConninfo(`postgres://h/?${keyword}=${encodeURIComponent(demanded)}`, fakeEnvironment()),
      readConninfo('host=h', fakeEnvironment({ [variable]: demanded })),
      readConninfo('service=s', service),
    ]) {
      expect(read.conninfo).toBeUndefined();
      expect(read.problems).toMatchObject([{ severity: 'error', keyword }]);
    }
    expect(messages(`host=h ${keyword}='${harmless}' application_name=x`)).toEqual([]);
  });

  test('the authorities of the system are taken for verify-full alone', () => {
    expect(resolveConninfo('host=h sslrootcert=system', fakeEnvironment()).sslmode).toBe('verify-full');
    expect(messages('host=h sslrootcert=system sslmode=require')).toEqual([
      'sslmode=require is too weak for sslrootcert=system: it must be verify-full',
    ]);
  });

  test('a list of revoked certificates is read where libpq would', () => {
    const files = { '/home/me/.postgresql/root.crl': { text: '' } };
    expect(resolveConninfo('host=h', fakeEnvironment({}, files)).sslcrl).toBe('/home/me/.postgresql/root.crl');
    expect(resolveConninfo('host=h sslcrl=/c', fakeEnvironment({}, files)).sslcrl).toBe('/c');
  });

  test.each([
    [0o100600, []],
    [0o100400, []],
    [0o100640, ['others may read the key file "/k"']],
    [0o100604, ['others may read the key file "/k"']],
  ])('a key file of mode %o', (mode, expected) => {
    expect(messages('host=h sslcert=/c sslkey=/k', fakeEnvironment({}, { '/k': { text: '', mode } }))).toEqual(
      expected,
    );
  });

  test('says nothing of a key file that is not on this machine', () => {
    expect(messages('host=h sslcert=/c sslkey=/missing', fakeEnvironment({}, {}))).toEqual([]);
  });
});

describe('the password file', () => {
  const passfile = (text: string, mode = 0o100600): ReturnType<typeof fakeEnvironment> =>
    fakeEnvironment({}, { '/home/me/.pgpass': { text, mode } });

  test.each([
    ['h:5432:d:u:secret', 'secret'],
    ['*:*:*:*:any', 'any'],
    ['other:*:*:*:no\nh:*:*:u:yes', 'yes'],
    ['# h:5432:d:u:comment\nh:5432:d:u:secret\r\n', 'secret'],
    ['h:5432:d:u:a\\:b\\\\c', 'a:b\\c'],
    ['h:5433:d:u:port', undefined],
    ['h:5432:d:U:case', undefined],
    ['h:5432:d:u', undefined],
    [':5432:d:u:x', undefined],
    ['', undefined],
  ])('%j', (text, found) => {
    expect(password('host=h dbname=d user=u', passfile(text))).toBe(found);
  });

  test('is asked for each host in turn, a socket folder as localhost', () => {
    expect(password('host=a,b user=u', passfile('b:*:*:*:of-b'))).toBe('of-b');
    expect(password('user=u', passfile('localhost:*:*:*:local'))).toBe('local');
    expect(password('host=/elsewhere user=u', passfile('localhost:*:*:*:local'))).toBeUndefined();
    expect(password('host=/elsewhere user=u', passfile('/elsewhere:*:*:*:socket'))).toBe('socket');
  });

  test('comes last', () => {
    const files = {
      '/home/me/.pgpass': { text: '*:*:*:*:home' },
      '/named': { text: '*:*:*:*:named' },
      '/variable': { text: '*:*:*:*:variable' },
    };
    expect(password('host=h password=given', fakeEnvironment({ PGPASSWORD: 'env' }, files))).toBe('given');
    expect(password('host=h', fakeEnvironment({ PGPASSWORD: 'env' }, files))).toBe('env');
    expect(password('host=h passfile=/named', fakeEnvironment({ PGPASSFILE: '/variable' }, files))).toBe('named');
    expect(password('host=h', fakeEnvironment({ PGPASSFILE: '/variable' }, files))).toBe('variable');
    expect(password('host=h', fakeEnvironment({}, files))).toBe('home');
  });

  test.each([0o100640, 0o100604, 0o100660])('with mode %o is passed over with a warning', mode => {
    const environment = passfile('*:*:*:*:secret', mode);
    expect(password('host=h', environment)).toBeUndefined();
    expect(messages('host=h', environment)).toEqual([expect.stringMatching(/is not used: others than its owner/)]);
  });

  test('that is named must be there and readable', () => {
    expect(messages('host=h passfile=/nowhere')).toEqual(['the password file /nowhere does not exist']);
    expect(messages('host=h passfile=/locked', fakeEnvironment({}, { '/locked': 'unreadable' }))).toEqual([
      'cannot read the password file /locked',
    ]);
  });
});

describe('services', () => {
  const text =
    '# comment\n[other]\nhost=wrong\n\n[mine]\nhost = db.internal\nport=6000\nuser=svc\npassword=from ' +
    'service\n[mine]\nhost=second\n';
  const environment = fakeEnvironment(
    { PGUSER: 'env', PGDATABASE: 'envdb' },
    { '/home/me/.pg_service.conf': { text } },
  );

  test('fill in what is not given, before the environment', () => {
    expect(resolveConninfo('service=mine port=1', environment)).toMatchObject({
      hosts: [{ host: 'db.internal', port: 1 }],
      user: 'svc',
      database: 'envdb',
    });
    expect(password('service=mine', environment)).toBe('from service');
    expect(resolveConninfo({ service: 'mine' }, environment).user).toBe('svc');
    expect(resolveConninfo('postgres:///x', { ...environment, env: { PGSERVICE: 'mine' } }).user).toBe('svc');
  });

  test('that are not there are named', () => {
    expect(messages('service=nope', environment)).toEqual(['there is no service "nope"']);
    expect(messages('service=x', fakeEnvironment({ PGSERVICEFILE: '/gone' }))).toEqual([
      'the service file /gone does not exist',
    ]);
  });

  test('with mistakes are refused', () => {
    const broken = fakeEnvironment({}, { '/home/me/.pg_service.conf': { text: '[a]\nhots=x\nnonsense\nservice=b\n' } });
    expect(messages('service=a', broken)).toEqual([
      '/home/me/.pg_service.conf:3: a line of service "a" has no "="',
      '/home/me/.pg_service.conf:4: a service cannot refer to another service',
      '/home/me/.pg_service.conf: unknown connection keyword "hots" in service "a"',
    ]);
  });
});

test('a description for people holds no password and no control characters', () => {
  const conninfo = resolveConninfo('postgres://u%1b:hidden@a:1,[::1]/d', fakeEnvironment());
  expect(describeConninfo(conninfo)).toBe('u\\u001b@a:1,[::1]:5432/d');
  expect(JSON.stringify(conninfo) + inspect(conninfo, { depth: 9 }) + String(conninfo.password)).not.toContain(
    'hidden',
  );
});
