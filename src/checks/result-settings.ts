import type { DatabaseListing, ServerFacts } from '../inspect/facts.js';
import { resultSettingNames } from '../inspect/result-setting-names.js';
import { quoteIdentifier, quoteLiteral } from '../postgres/identifiers.js';
import type { Check, Seen } from './check.js';

export interface ResultSetting {
  readonly name: string;
  /** What sessions of the source's database begin with, where neither their role nor they say otherwise. */
  readonly source: string;
  readonly target: string;
}

/**
 * Settings that make the same statement give another result on the target, or store another value. Of a database that
 * the target lacks, `target` is what the server gives every database; none where the files of a server may not be read.
 */
export function differingResultSettings(
  source: ServerFacts,
  target: ServerFacts,
  database: string,
): readonly ResultSetting[] {
  const [from, to] = [source.defaults, target.defaults];
  if (from === null || to === null) return [];
  const [here, there] = [source, target].map(({ databases }) => databases.find(({ name }) => name === database));
  return resultSettingNames.flatMap(name => {
    const was = ownSetting(here, name) ?? from.get(name);
    const is = ownSetting(there, name) ?? to.get(name);
    if (was === undefined || is === undefined || meaning(name, was) === meaning(name, is)) return [];
    return [{ name, source: was, target: is }];
  });
}

export function ownSetting(listing: DatabaseListing | undefined, wanted: string): string | undefined {
  for (const { role, setting } of listing?.roleSettings ?? []) {
    const [name = '', ...value] = setting.split('=');
    if (role === null && name.toLowerCase() === wanted.toLowerCase()) return value.join('=');
  }
  return undefined;
}

const utc = new Set(['utc', 'etc/utc', 'gmt', 'etc/gmt', 'uct', 'etc/uct', 'zulu', 'etc/zulu', 'universal']);
const plainLocale = /^(c|posix)(\.utf-?8)?$/;
const booleans: Readonly<Record<string, string>> = {
  true: 'on',
  yes: 'on',
  '1': 'on',
  false: 'off',
  no: 'off',
  '0': 'off',
};

/** Two spellings of one thing are the same: `iso, mdy` and `ISO, MDY`, `Etc/UTC` and `UTC`. */
function meaning(name: string, value: string): string {
  const text = value.toLowerCase().replaceAll(/\s+/g, '');
  if (name === 'TimeZone') return utc.has(text) ? 'utc' : text;
  if (name.startsWith('lc_')) return plainLocale.test(text) ? 'c' : text.replace(/utf-8$/, 'utf8');
  return name === 'extra_float_digits' ? text : (booleans[text] ?? text);
}

export const resultSettings: Check = {
  code: 'PGM701',
  slug: 'result-settings',
  title: 'Session settings that change results',
  scope: 'any',
  why:
    'DateStyle, TimeZone, search_path and their like decide how a value is read, stored and ' +
    'shown. Where the two servers differ, the application stores other dates, or sees other ' +
    'times, from the first statement after the switch on.',
  decided:
    'Settings that change results: those of the database, else those of the server by its ' +
    'files, where both files may be read. A database that pgm makes gets what the source ' +
    'has, as a step; one that was there is left as it is.',
  remedy: 'alter database D set NAME to VALUE; on the target.',
  run: ({ source, target, facts, lockfile }) => {
    const after = lockfile?.reached === 'cutover' || lockfile?.reached === 'ready';
    if (source === null || target === null || after) return [];
    return facts.databases
      .filter(database => target.databases.some(({ name }) => name === database.name))
      .filter(database => database.target?.progress?.stages.done.has('created') !== true)
      .flatMap(({ name }) =>
        differingResultSettings(source, target, name).map((setting): Seen => ({
          severity: 'warning',
          server: 'target',
          database: name,
          object: setting.name,
          message:
            `${setting.name} is ${setting.target === '' ? 'empty' : setting.target}, on ` +
            `the source ${setting.source === '' ? 'empty' : setting.source}: sessions of ` +
            'the application would give other results',
          current: setting.target,
          required: setting.source,
          remedy:
            `alter database ${quoteIdentifier(name)} set ${quoteIdentifier(setting.name)} ` +
            `to ${quoteLiteral(setting.source).trim()};   -- on the target`,
        })),
      );
  },
};
