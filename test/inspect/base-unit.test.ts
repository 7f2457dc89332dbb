import { expect, it } from 'vitest';
import { inBaseUnit, withUnit } from '../../src/inspect/base-unit.js';

it.each<[string, string | null, string]>([
  ['30s', 'ms', '30000'],
  ['1min', 's', '60'],
  ['64MB', 'kB', '65536'],
  ['1GB', '8kB', '131072'],
  ['-1', 'kB', '-1'],
  ['200', 'ms', '200'],
  ['true', null, 'on'],
  ['force_generic_plan', null, 'force_generic_plan'],
])('%s of %s is %s', (value, unit, expected) => {
  expect(inBaseUnit(value, unit)).toBe(expected);
});

it.each<[string, string | null, string]>([
  ['30000', 'ms', '30s'],
  ['1500', 'ms', '1500ms'],
  ['65536', 'kB', '64MB'],
  ['131072', '8kB', '1GB'],
  ['-1', 'kB', '-1'],
  ['0', 'ms', '0'],
  ['1.1', null, '1.1'],
])('%s of %s reads %s', (value, unit, expected) => {
  expect(withUnit(value, unit)).toBe(expected);
});
