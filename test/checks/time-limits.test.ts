import { describe, expect, it } from 'vitest';
import { timeLimits } from '../../src/checks/time-limits.js';
import type { CheckInput } from '../../src/checks/check.js';
import type { DatabaseListing, ServerFacts } from '../../src/inspect/facts.js';
import { setting, someDatabase, someServer } from './some-facts.js';

interface Given {
  readonly server?: Readonly<Record<string, string>>;
  readonly database?: readonly string[];
  readonly all?: readonly string[];
}

const units: Readonly<Record<string, string>> = {
  statement_timeout: 'ms',
  temp_file_limit: 'kB',
  transaction_timeout: 'ms',
};

function server({ server: own = {}, database = [], all = [] }: Given): ServerFacts {
  const unit = (name: string): string => units[name] ?? 'ms';
  const names = ['statement_timeout', 'temp_file_limit', ...Object.keys(own)];
  return someServer({
    given: new Map(Object.entries(own).map(([name, value]) => [name, { value, unit: unit(name), isDefault: false }])),
    settings: Object.fromEntries(names.map(name => [name, setting('0', 'user', { unit: unit(name) })])),
    databases: [
      {
        name: 'app',
        roleSettings: database.map(each => ({ role: null, setting: each })),
      } as unknown as DatabaseListing,
    ],
    settingsForAll: all,
  });
}

function messages(source: Given, target: Given): readonly string[] {
  const input = {
    source: server(source),
    target: server(target),
    facts: { databases: [someDatabase()] },
    lockfile: null,
    spec: { goal: 'synced' },
    failback: false,
  } as unknown as CheckInput;
  return timeLimits.run(input).map(({ object, current, required }) => `${object} ${current} < ${required}`);
}

describe('limits that cut what runs longer now', () => {
  it.each<[string, Given, Given, readonly string[]]>([
    ['none', { server: { statement_timeout: '0' } }, { server: { statement_timeout: '0' } }, []],
    [
      'one where there is none',
      { server: { statement_timeout: '0' } },
      { server: { statement_timeout: '30000' } },
      ['statement_timeout 30s < unlimited'],
    ],
    ['a looser one', { server: { statement_timeout: '1000' } }, { server: { statement_timeout: '2000' } }, []],
    ['none where there is one', { server: { statement_timeout: '1000' } }, { server: { statement_timeout: '0' } }, []],
    [
      'a tighter one of the database',
      { server: { statement_timeout: '60000' } },
      { server: { statement_timeout: '0' }, database: ['statement_timeout=5s'] },
      ['statement_timeout 5s < 1min'],
    ],
    [
      'a tighter one of all roles',
      { server: { statement_timeout: '60000' } },
      { server: { statement_timeout: '0' }, all: ['statement_timeout=5s'] },
      ['statement_timeout 5s < 1min'],
    ],
    [
      'one that the database lifts',
      { server: { statement_timeout: '0' } },
      { server: { statement_timeout: '1000' }, database: ['statement_timeout=0'] },
      [],
    ],
    [
      'temporary files, where -1 is no limit',
      { server: { temp_file_limit: '-1' } },
      { server: { temp_file_limit: '1048576' } },
      ['temp_file_limit 1GB < unlimited'],
    ],
    [
      'one that the older version lacks',
      {},
      { server: { transaction_timeout: '1000' } },
      ['transaction_timeout 1s < unlimited'],
    ],
    ['what is not known on the source', {}, { server: { statement_timeout: '1000' } }, []],
    ['what is not known on the target', { server: { statement_timeout: '0' } }, {}, []],
  ])('%s', (_, source, target, expected) => {
    expect(messages(source, target)).toEqual(expected);
  });
});
