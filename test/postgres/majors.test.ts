import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  decodes,
  majorOf,
  neededWalLevel,
  quotedByOne,
  refusesLineBreaks,
  refusesSetting,
} from '../../src/postgres/majors.js';
import { has } from '../../src/postgres/since.js';

describe('what is known of the majors', () => {
  it.each([
    [120022, 12],
    [180004, 18],
    [190000, 19],
    [200000, 20],
  ])('%i is of major %i', (version, major) => {
    expect(majorOf(version)).toBe(major);
  });

  it.each([
    ['logical', 180000, true],
    ['replica', 180000, false],
    ['replica', 190000, true],
    ['minimal', 190000, false],
    ['logical', 190000, true],
    // What comes next is taken to be as the newest that is known.
    ['replica', 200000, true],
  ])('wal_level %s of %i decodes: %s', (level, version, is) => {
    expect(decodes(level, version)).toBe(is);
    expect(neededWalLevel(version)).toBe(version < 190000 ? 'logical' : 'replica');
  });

  it.each([
    [130000, 'operator_precedence_warning=on', false],
    [140000, 'operator_precedence_warning=on', true],
    [140000, 'vacuum_cleanup_index_scale_factor=0.2', true],
    [180000, 'escape_string_warning=off', false],
    [190000, 'escape_string_warning=off', true],
    [190000, 'Escape_String_Warning=on', true],
    [180000, 'standard_conforming_strings=off', false],
    [190000, 'standard_conforming_strings=off', true],
    [200000, 'standard_conforming_strings=no', true],
    [190000, 'standard_conforming_strings=on', false],
    [190000, 'force_parallel_mode=on', false],
    [190000, 'my.escape_string_warning=off', false],
    [190000, 'search_path=', false],
  ])('%i refuses %s: %s', (version, setting, refused) => {
    expect(refusesSetting(version, setting)).toBe(refused);
  });

  it.each([
    [[120000, 130000], ['normalize']],
    [
      [150018, 160000],
      ['system_user', 'json_object'],
    ],
    [
      [180004, 150018],
      ['system_user', 'json', 'json_value'],
    ],
  ])('of %j only one quotes %j', (versions, words) => {
    expect(quotedByOne(...versions)).toEqual(expect.arrayContaining(words));
  });

  it('quote alike where no word came between them', () => {
    expect(quotedByOne(130000, 150018)).toEqual([]);
    expect(quotedByOne(170000, 190000)).toEqual([]);
    expect(quotedByOne(150018, 160000)).not.toContain('json');
  });

  it('refuses names with line breaks from 19 on', () => {
    expect([180004, 190000, 200000].map(refusesLineBreaks)).toEqual([false, true, true]);
  });

  it.each([
    ['maintain', 160014, false],
    ['maintain', 170000, true],
    ['takesStatistics', 180004, true],
    ['rowHashes', 130023, false],
    ['subscriptionRole', 200000, true],
  ] as const)('%s with %i: %s', (feature, version, is) => {
    expect(has(version, feature)).toBe(is);
  });

  it('stands in two places, and in SQL that asks the server it runs on', () => {
    const source = join(import.meta.dirname, '../../src');
    const elsewhere = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts') && !/^postgres\/(majors|since)\.ts$/.test(file))
      .flatMap(file => readFileSync(join(source, file), 'utf8').split('\n'))
      .filter(line => /(?:<|>=?) *[12]\d_?0000\b/.test(line) && !line.includes('server_version_num'));
    expect(elsewhere).toEqual([]);
  });
});
