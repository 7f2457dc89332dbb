import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/run-checks.js';
import type { Foreseen, Unmet } from '../../src/inspect/needs/needs.js';
import { ofCode, specFor } from './readiness.js';
import { someDatabase, someFacts, someServer, someTable } from './some-facts.js';

const need = (more: Partial<Unmet>): Unmet => ({
  what: 'function',
  name: 'pg_is_in_backup()',
  by: ['view app.v'],
  count: 1,
  known: true,
  ...more,
});

function seen(foreseen: Foreseen | null, source: Parameters<typeof someDatabase>[0] = {}): readonly string[] {
  const facts = someFacts({
    databases: [{ ...someDatabase(source), foreseen }],
    target: someServer({ version: '18.1 (Debian)' }),
  });
  const servers = { source: 'postgres://a.example.com/postgres', target: 'postgres://b.example.com/postgres' };
  return ofCode(runChecks(specFor(servers), facts), 'PGM522').map(({ severity, message }) => `${severity}: ${message}`);
}

describe('what the target does not give', () => {
  it.each<[string, Partial<Unmet>, string]>([
    ['a function', {}, 'error: view app.v needs function pg_is_in_backup(), which PostgreSQL 18.1 does not have'],
    [
      'a column, for many',
      {
        what: 'column',
        name: 'pg_catalog.pg_stat_bgwriter.buffers_backend',
        by: ['view app.a', 'view app.b'],
        count: 5,
      },
      'error: view app.a, view app.b and 3 more need column buffers_backend of ' +
        'pg_stat_bgwriter, which PostgreSQL 18.1 does not have',
    ],
    [
      'a locale, which may have come since initdb',
      { what: 'locale', name: 'el_GR.utf8' },
      'warning: view app.v needs locale el_GR.utf8, which the target may not have',
    ],
    [
      'a library that nobody may look for',
      { what: 'library', name: '$libdir/mine', known: false },
      'warning: view app.v needs the library $libdir/mine, and the target does not let ' +
        'its folders be listed: whether it is there is not known',
    ],
  ])('%s', (_, more, expected) => {
    expect(seen({ unmet: [need(more)], pathless: [], refusedValues: [], failure: null })).toEqual([expected]);
  });

  it('leaves out what only a left-out table needs, and files of every PostgreSQL that cannot be seen', () => {
    const unmet = [
      need({ what: 'compression', name: 'lz4', by: ['table public.t'] }),
      need({ what: 'dictionary-file', name: 'german.stop', known: false }),
    ];
    expect(
      seen({ unmet, pathless: [], refusedValues: [], failure: null }, { tables: [someTable({ inScope: false })] }),
    ).toEqual([]);
  });

  it('says when it could not look', () => {
    expect(
      seen({ unmet: [], pathless: [], refusedValues: [], failure: 'canceling statement due to lock timeout' }),
    ).toEqual([
      'warning: whether the target can make all definitions could not be ' +
        'checked: canceling statement due to lock timeout',
    ]);
    expect(seen(null)).toEqual([]);
  });
});
