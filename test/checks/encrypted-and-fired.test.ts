import { describe, expect, it } from 'vitest';
import { isThisMachine } from '../../src/checks/plaintext.js';
import { runChecks } from '../../src/checks/run-checks.js';
import type { Facts } from '../../src/inspect/facts.js';
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
      { name: 'e', enabled: 'O' },
      { name: 'off', enabled: 'D' },
    ] as never;
    expect(said('PGM509', { databases: [someDatabase({ eventTriggers }, { eventTriggers })] })).toEqual([
      'info source: alter event trigger "e" disable;',
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
