import { describe, expect, it } from 'vitest';
import { isThisMachine } from '../../src/checks/plaintext.js';
import { runChecks } from '../../src/checks/run-checks.js';
import type { CarriedSecret, Facts, UsersCode } from '../../src/inspect/facts.js';
import { specFor } from './readiness.js';
import { setting, someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const spec = specFor({
  source: 'postgres://migrator:x@db.example.com/postgres',
  target: 'postgres://migrator:x@new.example.com/postgres',
});

function said(code: string, facts: Partial<Facts>): readonly string[] {
  return runChecks(spec, someFacts(facts))
    .filter(found => found.code === code)
    .map(({ severity, server, remedy }) => `${severity} ${server}: ${remedy ?? ''}`);
}

describe('a connection in plain text (PGM104)', () => {
  const plain = { host: 'db.example.com', tls: false };

  it('is told with what turns encryption on', () => {
    expect(said('PGM104', { source: someServer(plain) })).toEqual([
      'warning source: Set sslmode: require (better verify-full with sslrootcert) for the source in the spec.',
    ]);
    expect(said('PGM104', { target: someServer({ ...plain, settings: { ssl: setting('off', 'sighup') } }) })).toEqual([
      'warning target: Turn ssl on at the target with a certificate and ' +
        'key, then set sslmode: verify-full in the spec.',
    ]);
  });

  it('does no harm with TLS, or where nothing leaves the machine', () => {
    expect(said('PGM104', { source: someServer({ ...plain, tls: true }) })).toEqual([]);
    expect(said('PGM104', { source: someServer({ ...plain, host: '/run/postgresql' }) })).toEqual([]);
  });

  it.each([
    ['/tmp', true],
    ['localhost', true],
    ['::1', true],
    ['127.0.0.1', true],
    ['128.0.0.1', false],
    ['localhost.example.com', false],
    ['::2', false],
  ])('%s is this machine: %s', (host, expected) => {
    expect(isThisMachine(host)).toBe(expected);
  });
});

describe('triggers', () => {
  it('of events are told where they run (PGM509)', () => {
    const eventTriggers = [
      { name: 'e', enabled: 'O', event: 'ddl_command_end' },
      { name: 'off', enabled: 'D', event: 'login' },
    ];
    expect(said('PGM509', { databases: [someDatabase({ eventTriggers }, { eventTriggers })] })).toEqual([
      'info source: alter event trigger "e" disable;',
      'warning target: alter event trigger "e" disable;',
    ]);
  });

  it('of logins are a warning on both sides, since plan connects too (PGM509)', () => {
    const eventTriggers = [{ name: 'e', enabled: 'O', event: 'login' }];
    expect(said('PGM509', { databases: [someDatabase({ eventTriggers }, { eventTriggers })] })).toEqual([
      'warning source: alter event trigger "e" disable;',
      'warning target: alter event trigger "e" disable;',
    ]);
  });

  it('that fire for replicated rows are told of tables that are migrated (PGM510)', () => {
    const table = someTable({ alwaysTriggers: ['a', 'b'] });
    const left = someTable({ name: 'left', inScope: false, alwaysTriggers: ['c'] });
    const remedies = (server: string): readonly string[] =>
      ['a', 'b'].map(name => `warning ${server}: alter table "public"."t" enable trigger "${name}";`);
    expect(said('PGM510', { databases: [someDatabase({ tables: [table, left] })] })).toEqual(remedies('source'));
    expect(said('PGM510', { databases: [someDatabase({ tables: [someTable()] }, { tables: [table] })] })).toEqual(
      remedies('target'),
    );
  });

  it('and constraints that are not valid are told by what they do (PGM511)', () => {
    const constraint = { schema: 'public', table: 't', name: 'c' };
    const found = (kind: string): readonly string[] =>
      said('PGM511', { databases: [someDatabase({ notValidConstraints: [{ ...constraint, kind }] as never })] });
    const remedy = 'alter table "public"."t" validate constraint "c";';
    expect(found('foreign-key')).toEqual([`info source: ${remedy}`]);
    expect(found('check')).toEqual([`warning source: ${remedy}`]);
  });
});

describe('code that runs while rows are loaded (PGM422)', () => {
  const code = (more: Partial<UsersCode> = {}): UsersCode => ({
    kind: 'check',
    name: 'c',
    table: { schema: 'public', name: 't' },
    function: 's.f(integer)',
    owner: 'app',
    ...more,
  });
  const named = (usersCode: readonly UsersCode[], facts: Partial<Facts> = {}): readonly string[] =>
    runChecks(spec, someFacts({ databases: [someDatabase({ tables: [someTable()], usersCode })], ...facts }))
      .filter(found => found.code === 'PGM422')
      .map(
        ({ severity, object, message }) => `${severity} ${object ?? ''}: ${message.replace(/^.*on the target: /, '')}`,
      );

  it('is told by owner, with a few of its places', () => {
    const checks = Array.from({ length: 7 }, (_, index) => code({ name: `c${index}` }));
    expect(named([...checks, code({ kind: 'domain', name: 's.d', table: null, owner: 'other' })])).toEqual([
      'warning app: check c0 of public.t (s.f(integer)), check c1 of public.t (s.f(integer)), check c2 of ' +
        'public.t (s.f(integer)), check c3 of public.t (s.f(integer)), check c4 of public.t (s.f(integer)) and 2 more',
      'warning other: domain of s.d (s.f(integer))',
    ]);
    const owners = Array.from({ length: 12 }, (_, index) => code({ owner: `o${index}` }));
    expect(named(owners)).toHaveLength(10);
    expect(named(owners).at(-1)).toContain('; so does code of 2 more roles');
  });

  it('is nothing that pgm does not bring, or that its role could do anyway', () => {
    expect(named([code({ table: { schema: 'public', name: 'left' } })])).toEqual([]);
    expect(named([code({ owner: 'migrator' })])).toEqual([]);
    const { user } = someServer();
    expect(named([code()], { target: someServer({ user: { ...user, superuser: false } }) })).toEqual([]);
  });

  it('is that of indexes where replication fills them with the rights of pgm, before 16', () => {
    const index = [code({ kind: 'index', name: 'i' })];
    expect(named(index)).toHaveLength(1);
    expect(named(index, { target: someServer({ versionNum: 160000 }) })).toEqual([]);
  });
});

it('what keeps its passwords from the role is told apart from what comes with them (PGM424)', () => {
  const secret = (name: string, readable: boolean): CarriedSecret => ({ kind: 'user mapping', name, readable });
  const found = (carriedSecrets: readonly CarriedSecret[]): readonly string[] =>
    runChecks(spec, someFacts({ databases: [someDatabase({ carriedSecrets })] }))
      .filter(({ code }) => code === 'PGM424')
      .map(({ severity, message }) => `${severity}: ${message}`);
  expect(found([])).toEqual([]);
  expect(found([secret('for a on server s', true), secret('for b on server s', false)])).toEqual([
    'info: passwords come along with the definitions of user mapping for a on server s',
    'warning: the role may not read the options of user mapping for b on server s: made without them on the target',
  ]);
  expect(found(Array.from({ length: 7 }, (_, index) => secret(`m${index}`, true)))[0]).toContain('m4 and 2 more');
});
