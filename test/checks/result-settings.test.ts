import { describe, expect, it } from 'vitest';
import { differingResultSettings } from '../../src/checks/result-settings.js';
import type { DatabaseListing, ServerFacts } from '../../src/inspect/facts.js';
import { someServer } from './some-facts.js';

const server = (defaults: Readonly<Record<string, string>> | null, own: readonly string[] = []): ServerFacts =>
  someServer({
    defaults: defaults === null ? null : new Map(Object.entries(defaults)),
    databases: [
      { name: 'app', roleSettings: own.map(setting => ({ role: null, setting })) } as unknown as DatabaseListing,
    ],
  });

describe('settings that change results', () => {
  it.each<[string, ServerFacts, ServerFacts, readonly string[]]>([
    ['are the same', server({ DateStyle: 'iso, mdy' }), server({ DateStyle: 'ISO, MDY' }), []],
    ['are spelled otherwise', server({ TimeZone: 'Etc/UTC' }), server({ TimeZone: 'UTC' }), []],
    ['are locales of one kind', server({ lc_time: 'C.UTF-8' }), server({ lc_time: 'C' }), []],
    [
      'differ between the servers',
      server({ TimeZone: 'Europe/Helsinki' }),
      server({ TimeZone: 'UTC' }),
      ['TimeZone Europe/Helsinki UTC'],
    ],
    [
      'are the database’s own on the source',
      server({ TimeZone: 'UTC' }, ['TimeZone=Europe/Helsinki']),
      server({ TimeZone: 'UTC' }),
      ['TimeZone Europe/Helsinki UTC'],
    ],
    [
      'are made the same by the database’s own on the target',
      server({ TimeZone: 'Europe/Helsinki' }),
      server({ TimeZone: 'UTC' }, ['timezone=Europe/Helsinki']),
      [],
    ],
    [
      'hold an equals sign',
      server({ search_path: 'a' }, ['search_path="x=y"']),
      server({ search_path: 'a' }),
      ['search_path "x=y" a'],
    ],
    ['cannot be known', server(null), server({ TimeZone: 'UTC' }), []],
    ['are not there in both versions', server({ xmlbinary: 'hex' }), server({}), []],
    ['are booleans', server({ array_nulls: 'true' }), server({ array_nulls: 'on' }), []],
    [
      'are numbers that look like booleans',
      server({ extra_float_digits: '1' }),
      server({ extra_float_digits: '0' }),
      ['extra_float_digits 1 0'],
    ],
  ])('that %s', (_, source, target, expected) => {
    expect(
      differingResultSettings(source, target, 'app').map(({ name, source: was, target: is }) => `${name} ${was} ${is}`),
    ).toEqual(expected);
  });
});
