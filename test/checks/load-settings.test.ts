import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/checks/load-settings.js';
import type { Seen } from '../../src/checks/check.js';
import type { DatabaseListing, ServerFacts } from '../../src/inspect/facts.js';
import type { Spec } from '../../src/spec/spec.js';
import { setting, someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const gigabyte = 1024 ** 3;
const usual = {
  max_wal_size: setting('1024', 'sighup', { unit: 'MB' }),
  checkpoint_timeout: setting('300', 'sighup', { unit: 's' }),
  wal_writer_delay: setting('200', 'sighup', { unit: 'ms' }),
  autovacuum: setting('on', 'sighup'),
};

/** It looks at facts alone. */
const spec = {} as Spec;

function seen(bytes: number, more: Partial<Omit<ServerFacts, 'settings'>> = {}): readonly Seen[] {
  const target = someServer({ systemIdentifier: '2', settings: usual, ...more });
  const facts = someFacts({ target, databases: [someDatabase({ tables: [someTable({ dataBytes: bytes })] })] });
  return loadSettings.run({
    spec,
    facts,
    source: someServer(),
    target,
    continuous: false,
    failback: false,
    lockfile: null,
  });
}

const requiredOf = (name: string, all: readonly Seen[]): string | null =>
  all.find(({ object }) => object === name)?.required ?? null;

describe('the settings of the load', () => {
  it.each([
    ['nothing for a small load', gigabyte / 4, 1000, null],
    ['all of its WAL', 3 * gigabyte, 1000, '8GB'],
    ['not more than the disk has room for twice', 3 * gigabyte, 13, '4GB'],
    ['nothing where the disk is nearly full', 3 * gigabyte, 5, null],
    ['half of the load where the disk is not known', 20 * gigabyte, null, '8GB'],
    ['nothing for a load of no great size where the disk is not known', 3 * gigabyte, null, null],
    ['not without end', 5000 * gigabyte, 20_000, '64GB'],
  ])('max_wal_size: %s', (_, bytes, freeGigabytes, expected) => {
    expect(
      requiredOf(
        'max_wal_size',
        seen(bytes, { freeDiskBytes: freeGigabytes === null ? null : freeGigabytes * gigabyte }),
      ),
    ).toBe(expected);
  });

  it('leaves autovacuum on where the target has other databases', () => {
    const other = { name: 'other', isTemplate: false, allowsConnections: true } as DatabaseListing;
    expect(requiredOf('autovacuum', seen(4 * gigabyte))).toBe('off');
    expect(requiredOf('autovacuum', seen(4 * gigabyte, { databases: [other] }))).toBeNull();
  });

  it.each<[string, Partial<Omit<ServerFacts, 'settings'>>]>([
    ['on a managed service', { provider: 'rds' }],
    ['without the right to ALTER SYSTEM', { alterSystem: [] }],
    ['where the value of before cannot be read', { altered: null }],
  ])('says what it would have set %s', (_, more) => {
    const all = seen(4 * gigabyte, { freeDiskBytes: 1000 * gigabyte, ...more });
    expect(all).toMatchObject([
      {
        severity: 'info',
        message: expect.stringContaining(
          'max_wal_size = 16GB, checkpoint_timeout = 30min, wal_writer_delay = 2ms, autovacuum = off',
        ) as unknown,
      },
    ]);
    expect(all[0]?.change).toBeUndefined();
  });
});
